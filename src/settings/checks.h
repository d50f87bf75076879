#pragma once

#include "citus_init/settings/settings.h"

#include "settings/findings.h"

namespace citus_init::settings {

// What no value shows by itself: settings that contradict or need each other. `settings` has its
// dependent defaults filled in.
void check_combinations(const Settings& settings, Findings& findings);

}  // namespace citus_init::settings
