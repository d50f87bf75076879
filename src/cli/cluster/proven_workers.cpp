#include "cli/cluster/proven_workers.h"

#include <algorithm>
#include <vector>

#include <fmt/core.h>

#include "cli/verbs/verb_end.h"

namespace citus_init::cli {

namespace {

bool is_identity_matter(const citus::Unproven& refusal) {
    return refusal.why != citus::Refusal::away && refusal.why != citus::Refusal::busy;
}

}  // namespace

Status require_proven(const citus::HeldWorkers& held, const std::optional<HostPort>& leaving) {
    std::vector<citus::Unproven> refusals;
    for (const auto& refusal : held.not_proven()) {
        if (refusal.why != citus::Refusal::away || refusal.address != leaving) {
            refusals.push_back(refusal);
        }
    }
    if (refusals.empty()) {
        return {};
    }
    const bool identity = std::any_of(refusals.begin(), refusals.end(), is_identity_matter);
    return fail(identity ? ExitCode::identity : ExitCode::not_done,
                fmt::format("nothing was changed, because Citus would act on every worker of the "
                            "cluster, and not each of them is known to be the recorded one now:\n"
                            "  {}",
                            citus::refusal_text(refusals)));
}

Status require_unchanged(citus::HeldWorkers& held, const ClusterSession& cluster) {
    const std::string changed = held.recheck(*cluster.node.connector, cluster.node_target);
    return changed.empty() ? Status{} : fail(ExitCode::identity, changed);
}

int end_refused(const Error& error) {
    const bool own_code = error.code == ExitCode::usage || error.code == ExitCode::identity;
    return end_verb(Error{own_code ? error.code : ExitCode::not_done, error.message});
}

}  // namespace citus_init::cli
