#pragma once

#include <functional>

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// Calls `work` in a transaction, and commits if it succeeds. Afterwards the transaction is over in
// every case.
[[nodiscard]] SqlResult<void> in_transaction(Session& session,
                                             const std::function<SqlResult<void>()>& work);

}  // namespace citus_init::citus
