#pragma once

#include <string_view>

#include "citus_init/settings/environment.h"

#include "settings/findings.h"

namespace citus_init::settings {

// Whether a CITUS_* name that means nothing is close to that of a secret. Pure.
bool is_misspelt_secret(std::string_view name);

// Whether a CITUS_* name that means nothing may hold a secret: it is close to the name of one, or
// speaks of one. Pure.
bool may_be_misnamed_secret(std::string_view name);

// CITUS_* names that mean nothing: a warning with the nearest name, a problem when `strict`. Also
// hints for the names of Bitnami's image, which many compose files still have.
void find_unknown_names(const Environment& environment, bool strict, Findings& findings);

}  // namespace citus_init::settings
