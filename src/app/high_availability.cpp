#include "app/high_availability.h"

namespace citus_init::app {

std::optional<settings::Problem> refuse_patroni(const settings::Settings& settings) {
    if (!settings.patroni) {
        return std::nullopt;
    }
    return settings::Problem{
        "CITUS_HA", "patroni",
        "is not available in this version of citus-init, which can only check "
        "and show what Patroni would get (citus-init check, citus-init render)",
        "Leave it away"};
}

}  // namespace citus_init::app
