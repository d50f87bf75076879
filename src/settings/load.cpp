#include "citus_init/settings/load.h"

#include <fmt/core.h>

namespace citus_init::settings {

std::string Problem::text() const {
    return value.empty() ? fmt::format("{}: {}. {}", variable, reason, fix)
                         : fmt::format("{}: \"{}\" {}. {}", variable, value, reason, fix);
}

}  // namespace citus_init::settings
