#include "app/configuration.h"
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
}  // namespace citus_init::app
