#pragma once

#include "citus_init/citus/membership/node_record.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// citus_add_node(), and who it was that was added (as examined right before), in one transaction:
// whoever is killed in between leaves no member that nobody could tell from another. Afterwards the
// transaction is over in every case. `note_join`: for JoinRebalance, in the same transaction.
// What it returns is as it was written.
[[nodiscard]] SqlResult<NodeRecord> add_and_record(Session& coordinator, const NodeAddress& address,
                                                   const Identity& identity, bool note_join);

}  // namespace citus_init::citus
