#pragma once

#include <functional>
#include <string_view>

#include "citus_init/settings/environment.h"
#include "citus_init/settings/settings.h"

#include "settings/findings.h"

namespace citus_init::settings {

// Whether the user gave the variable a value.
using IsGiven = std::function<bool(std::string_view variable)>;

// Fills in what follows from CITUS_HA=patroni: Citus is on, the group decides the role, the port is
// the one that Patroni has the server listen at, and so on. The problems: what contradicts that.
// Nothing without it.
void settle_patroni(Settings& settings, const IsGiven& is_given, Findings& findings);

// What must be there, and what must not, with CITUS_HA=patroni. `settings` is settled.
void check_patroni(const Settings& settings, const Environment& environment,
                   const IsGiven& is_given, Findings& findings);

// PATRONI_* names that the registry does not have: refused, or passed on, or, without
// CITUS_HA=patroni, warned of.
void find_patroni_names(const Environment& environment, bool with_patroni, Findings& findings);

}  // namespace citus_init::settings
