#pragma once

#include "citus_init/settings/environment.h"

#include "settings/findings.h"

namespace citus_init::settings {

// What is wrong with the variables of CITUS_BACKUP together, and with what else the environment
// says to pgBackRest. Pure.
void check_backup(const Settings& settings, const Environment& environment, Findings& findings);

}  // namespace citus_init::settings
