#pragma once

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// The role that a node comes as before its address is known, by its certificate, from anywhere: it
// may log in on the coordinator and nothing else, until it is granted what newcomers may do.
inline constexpr const char* kNodeRole = "citus_init_node";

// Makes the role where it is missing, on this node only. Needs a superuser's session.
[[nodiscard]] SqlResult<void> ensure_node_role(Session& session);

}  // namespace citus_init::citus
