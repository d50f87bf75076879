#pragma once

#include <optional>
#include <string>

#include "citus_init/base/result.h"
#include "citus_init/citus/membership/held_workers.h"

#include "cli/cluster/cluster_session.h"

namespace citus_init::cli {

// Whether a verb may act with these workers held. `leaving`: the node that `remove` is about, which
// need not answer; but who answers under its name has to be it. Errors: `identity` where one of
// them is not who is recorded or lacks shards, else `not_done`. The text names each of them, why,
// and what is at stake.
[[nodiscard]] Status require_proven(const citus::HeldWorkers& held,
                                    const std::optional<HostPort>& leaving);

// The same again, later: whether each name still leads to whom it did. Errors: `identity`.
[[nodiscard]] Status require_unchanged(citus::HeldWorkers& held, const ClusterSession& cluster);

// The last line of a verb, and its exit status: that of the line. What is neither the command
// line's fault nor a matter of identity or reach is `not_done`, whatever Citus called it.
int end_refused(const Error& error);

}  // namespace citus_init::cli
