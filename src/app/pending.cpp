#include "app/agent.h"
#include "app/agent_protocol.h"
#include "app/configuration.h"
#include "app/prepare_node.h"
namespace citus_init::app {
int run_agent(const std::vector<std::string>&) {
    return 0;
}
int run_prepare_node(const std::vector<std::string>&) {
    return 0;
}
std::optional<Report> parse_report(const std::string&) {
    return std::nullopt;
}
}  // namespace citus_init::app
