#pragma once

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// For a session that a person waits on, until it ends: locks are waited for 5 s, a statement lasts
// 120 s at most, and Citus gives a node 3 s to answer.
[[nodiscard]] SqlResult<void> limit_operators_session(Session& session);

}  // namespace citus_init::citus
