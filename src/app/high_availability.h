#pragma once

#include <optional>

#include "citus_init/settings/problem.h"
#include "citus_init/settings/settings.h"

namespace citus_init::app {

// Patroni is not supervised yet: why a server cannot be started with these settings.
std::optional<settings::Problem> refuse_patroni(const settings::Settings& settings);

}  // namespace citus_init::app
