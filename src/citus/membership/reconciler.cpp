#include "citus_init/citus/membership/reconciler.h"

#include <map>
#include <utility>

#include "citus_init/citus/node_conninfo.h"

#include "citus/membership/pass.h"
#include "citus/membership/positions.h"
#include "citus/membership/prober.h"
#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

// Due ones; those that turn out to matter; the old addresses and shards of the moved; one to spare.
constexpr int kMostProbes = 5;

bool idle(const Plan& plan) {
    return plan.actions.empty() && plan.wanted_probes.empty() && plan.wanted_proofs.empty();
}

}  // namespace

Reconciler::Reconciler(Connector& connector, ReconcilerSettings settings, Random random)
    : connector_(connector), settings_(std::move(settings)), random_(std::move(random)) {}

SqlResult<PassReport> Reconciler::pass(Session& coordinator, const DesiredWorkers& desired,
                                       TimePoint now) {
    Pass pass{coordinator, desired, now, {}, random_(), {}, {}, {}};
    if (auto read = pass.read_cluster_again(); !read) {
        return tl::unexpected(read.error());
    }
    const auto due = due_probes(desired, pass.actual.cluster, memory_, now);
    std::optional<Plan> plan;
    if (due.empty() && own_) {
        pass.actual.own = *own_;
        pass.actual.records = records_;
        pass.actual.stakes = stakes_;
        plan = plan_with(pass, memory_);
    }
    if (!plan || !idle(*plan)) {
        auto worked = work(pass, due);
        if (!worked) {
            return tl::unexpected(worked.error());
        }
        plan = std::move(*worked);
    }
    memory_ = std::move(plan->memory);
    pass.report.summary = summarize(*plan);
    for (auto& warning : new_warnings(plan->nodes, plan->stopped, memory_)) {
        pass.report.warnings.push_back(std::move(warning));
    }
    pass.report.nodes = std::move(plan->nodes);
    pass.report.read_only_pass = !plan->observing.empty() || pass.actual.own.server.in_recovery;
    pass.report.stopped = std::move(plan->stopped);
    pass.report.next_pass = plan->next_pass;
    return std::move(pass.report);
}

SqlResult<Plan> Reconciler::preview(Session& coordinator, const DesiredWorkers& desired,
                                    TimePoint now) {
    Pass pass{coordinator, desired, now, {}, random_(), {}, {}, {}};
    if (auto read = pass.read_cluster_again(); !read) {
        return tl::unexpected(read.error());
    }
    if (auto read = read_coordinator(pass); !read) {
        return tl::unexpected(read.error());
    }
    return probe(pass, due_probes(desired, pass.actual.cluster, memory_, now));
}

SqlResult<Plan> Reconciler::work(Pass& pass, const std::vector<HostPort>& due) {
    if (auto read = read_coordinator(pass); !read) {
        return tl::unexpected(read.error());
    }
    if (pass.actual.own.server.in_recovery) {
        return plan_with(pass, memory_);
    }
    const auto locked = ask(pass.coordinator, statement::kTryLock);
    if (!locked) {
        return tl::unexpected(locked.error());
    }
    if (!*locked) {
        pass.actual.observe_only = "another supervisor of this coordinator is at work";
    }
    // Our sessions do not take the default, but who set it for the whole server wants no writes.
    const auto read_only = ask(pass.coordinator, statement::kIsSetReadOnly);
    if (!read_only) {
        return tl::unexpected(read_only.error());
    }
    if (*read_only) {
        pass.actual.observe_only =
            "this server takes no writes: default_transaction_read_only is on";
    }
    auto plan = probe(pass, due);
    if (plan && *locked && !*read_only) {
        if (auto noted = note_positions(pass); !noted) {
            return tl::unexpected(noted.error());
        }
    }
    if (plan && !plan->actions.empty()) {
        plan = act(pass, std::move(*plan));
    }
    if (plan && *locked) {
        if (const auto released = pass.coordinator.query(statement::kUnlock); !released) {
            return tl::unexpected(released.error());
        }
    }
    return plan;
}

// What cannot be written now is written by a later pass.
SqlResult<void> Reconciler::note_positions(Pass& pass) {
    const auto notes =
        position_notes(CoordinatorView(pass.actual.own, pass.actual.cluster, pass.actual.records),
                       pass.actual.probes);
    if (notes.further.empty() && notes.behind.empty() && notes.copies.empty()) {
        return {};
    }
    if (!ensure_record_table(pass.coordinator)) {
        return check_own_session(pass.coordinator);
    }
    for (const auto& [node_id, position] : notes.further) {
        if (!note_position(pass.coordinator, node_id, position)) {
            return check_own_session(pass.coordinator);
        }
    }
    for (const auto& [node_id, position] : notes.behind) {
        if (!note_behind(pass.coordinator, node_id, position)) {
            return check_own_session(pass.coordinator);
        }
    }
    for (const auto& [node_id, address] : notes.copies) {
        if (!note_copy(pass.coordinator, node_id, address)) {
            return check_own_session(pass.coordinator);
        }
    }
    auto records = read_records(pass.coordinator);
    if (!records) {
        return tl::unexpected(records.error());
    }
    records_ = pass.actual.records = std::move(*records);
    return {};
}

SqlResult<void> Reconciler::read_coordinator(Pass& pass) {
    auto server = read_server_facts(pass.coordinator);
    if (!server) {
        return tl::unexpected(server.error());
    }
    auto membership = read_membership_facts(pass.coordinator);
    if (!membership) {
        return tl::unexpected(membership.error());
    }
    own_ = pass.actual.own = CandidateFacts{*server, *membership};
    const auto conninfo = pass.coordinator.query(statement::kNodeConninfo);
    if (!conninfo) {
        return tl::unexpected(conninfo.error());
    }
    settings_.worker_target.options =
        parse_conninfo(conninfo->at(0, 0)).value_or(std::map<std::string, std::string>{});
    if (const auto limited = pass.coordinator.query(statement::kMembershipPrologue); !limited) {
        return tl::unexpected(limited.error());
    }
    auto records = read_records(pass.coordinator);
    if (!records) {
        return tl::unexpected(records.error());
    }
    records_ = pass.actual.records = std::move(*records);
    auto stakes = read_stakes(pass.coordinator);
    if (!stakes) {
        return tl::unexpected(stakes.error());
    }
    stakes_ = pass.actual.stakes = std::move(*stakes);
    return {};
}

SqlResult<Plan> Reconciler::probe(Pass& pass, std::vector<HostPort> due) {
    std::vector<WantedProof> proofs;
    for (int probes = 1;; ++probes) {
        if (auto probed = probe(pass, due, proofs); !probed) {
            return tl::unexpected(probed.error());
        }
        Plan plan = plan_with(pass, memory_);
        if (probes == kMostProbes || (plan.wanted_probes.empty() && plan.wanted_proofs.empty())) {
            return plan;
        }
        due = std::move(plan.wanted_probes);
        proofs = std::move(plan.wanted_proofs);
    }
}

SqlResult<void> Reconciler::probe(Pass& pass, const std::vector<HostPort>& addresses,
                                  const std::vector<WantedProof>& proofs) {
    std::vector<ProbeRequest> requests;
    requests.reserve(addresses.size() + proofs.size());
    for (const auto& address : addresses) {
        requests.push_back({address, std::nullopt});
    }
    for (const auto& [address, group_id] : proofs) {
        auto names = read_shard_names(pass.coordinator, group_id);
        if (!names) {
            return tl::unexpected(names.error());
        }
        requests.push_back({address, std::move(*names)});
    }
    auto probes = probe_all(connector_, settings_.worker_target, requests);
    for (std::size_t i = 0; i < requests.size(); ++i) {
        pass.sessions.keep(requests[i].address, std::move(probes[i].session));
        pass.actual.probes.insert_or_assign(requests[i].address, std::move(probes[i].probe));
    }
    return {};
}

Plan Reconciler::plan_with(const Pass& pass, const Memory& memory) {
    const MembershipPolicy policy{settings_.coordinator, settings_.interval, pass.random};
    return plan(pass.desired, pass.actual, memory, pass.now, policy);
}

}  // namespace citus_init::citus
