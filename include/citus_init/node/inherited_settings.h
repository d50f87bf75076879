#pragma once

#include "citus_init/base/result.h"
#include "citus_init/settings/environment.h"
#include "citus_init/settings/load.h"

namespace citus_init::node {

inline constexpr const char* kSettingsVariable = "CITUS_INIT_SETTINGS_FD";
// Set for an agent that is started while PID 1 keeps the node closed, since another server with its
// identity was seen: a coordinator must not take over while that one restarts.
inline constexpr const char* kPlaceRefusedVariable = "CITUS_INIT_PLACE_REFUSED";
// Set for the agent of a member that restores its group (ADR 87): the coordinator's address is of
// the same cluster's configuration store, whichever member the group has in pg_dist_node.
inline constexpr const char* kGroupKnownVariable = "CITUS_INIT_GROUP_KNOWN";

// What PID 1 gave to this child of its own: the resolved environment, secrets included, on the
// descriptor that CITUS_INIT_SETTINGS_FD names. Closes it. Errors: `usage` when there is none.
[[nodiscard]] Result<settings::Environment> inherited_settings();

// The settings that it has. Errors: the same; `config`, all problems at once.
[[nodiscard]] Result<settings::LoadedSettings> load_inherited_settings();

}  // namespace citus_init::node
