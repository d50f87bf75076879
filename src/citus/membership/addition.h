#pragma once

#include <functional>
#include <string>

#include "citus_init/citus/membership/node_record.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// Why a transaction is to be rolled back that has made all its calls, "" = it may be committed.
using Objection = std::function<std::string()>;

// Calls `work` in a transaction on the coordinator, and commits if it succeeds and there is no
// objection then (SQLSTATE 08006 with the objection's text otherwise). Afterwards the transaction
// is over in every case.
[[nodiscard]] SqlResult<void> in_transaction(Session& coordinator,
                                             const std::function<SqlResult<void>()>& work,
                                             const Objection& objection);

// citus_add_node(), and who it was that was added (as examined right before), in one transaction:
// whoever is killed in between leaves no member that cannot be told apart from another.
// `note_join`: for JoinRebalance, in the same transaction.
// What it returns is as it was written.
[[nodiscard]] SqlResult<NodeRecord> add_and_record(Session& coordinator, const HostPort& address,
                                                   const Identity& identity, bool note_join,
                                                   const Objection& objection);

}  // namespace citus_init::citus
