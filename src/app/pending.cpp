#include "app/agent.h"
#include "app/agent_protocol.h"
#include "app/configuration.h"
#include "app/prepare_node.h"
#include "app/verbs.h"
namespace citus_init::app {
int run_check(const settings::Environment&, const std::vector<std::string>&) {
    return 70;
}
int run_render(const settings::Environment&, const std::vector<std::string>&) {
    return 70;
}
int run_explain(const settings::Environment&, const std::string&, bool,
                const std::vector<std::string>&) {
    return 70;
}
int run_validate(const std::vector<std::string>&) {
    return 0;
}
int run_make_certificate(const std::vector<std::string>&) {
    return 0;
}
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
