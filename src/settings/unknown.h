#pragma once

#include "citus_init/settings/environment.h"

#include "settings/findings.h"

namespace citus_init::settings {

// CITUS_* names that mean nothing: a warning with the nearest name, a problem when `strict`. Also
// hints for the names of Bitnami's image, which many compose files still have.
void find_unknown_names(const Environment& environment, bool strict, Findings& findings);

}  // namespace citus_init::settings
