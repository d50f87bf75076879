#include "citus_init/citus/membership/reconciler.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/node_conninfo.h"

#include "citus/membership/assessor.h"
#include "citus/membership/obstacles.h"
#include "citus/membership/pass.h"
#include "citus/membership/positions.h"
#include "citus/membership/prober.h"
#include "citus/retry_delay.h"
#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

using std::chrono::milliseconds;

namespace {

// Due ones; those that turn out to matter; the old addresses and shards of the moved; one to spare.
constexpr int kMostProbes = 5;

constexpr milliseconds kAnotherProbe{1'000};
// Whoever has it meanwhile acts on that worker, after which it is another one.
constexpr milliseconds kLockWait{1'000};

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
    auto plan = probe(pass, due_probes(desired, pass.actual.cluster, memory_, now));
    if (plan && settings_.reason_against) {
        refuse_newcomers(*plan, pass);
    }
    return plan;
}

// As add_node() would.
void Reconciler::refuse_newcomers(Plan& plan, Pass& pass) {
    std::erase_if(plan.actions, [&](const Action& action) {
        const auto session =
            action.kind == ActionKind::add_node ? pass.sessions.take(action.address) : nullptr;
        auto reason =
            session ? settings_.reason_against(pass.coordinator, *session) : std::string();
        if (reason.empty()) {
            return false;
        }
        const auto node =
            std::find_if(plan.nodes.begin(), plan.nodes.end(),
                         [&](const NodeReport& each) { return each.address == action.address; });
        if (node != plan.nodes.end()) {
            node->state = NodeState::not_ready;
            node->node_class = NodeClass::not_ready;
            node->reason = std::move(reason);
        }
        return true;
    });
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

// --- Holding the workers that a pass acts on ---

SqlResult<std::string> Reconciler::hold_members(const Action& action, Pass& pass) {
    if (!pass.held) {
        auto mark = connection_mark(pass.coordinator);
        if (!mark) {
            return tl::unexpected(mark.error());
        }
        HeldWorkers::Settings settings;
        settings.target = settings_.worker_target;
        settings.wait = kLockWait;
        settings.open_session = [&pass](const HostPort& address) {
            return pass.sessions.take(address);
        };
        auto held = HeldWorkers::hold(pass.coordinator, connector_, settings);
        if (!held) {
            return tl::unexpected(held.error());
        }
        pass.mark = std::move(*mark);
        pass.held = std::move(*held);
    }
    std::vector<Unproven> refusals;
    for (const auto& refusal : pass.held->not_proven()) {
        if (stands_in_the_way(action, refusal)) {
            refusals.push_back(refusal);
        }
    }
    return refusal_text(refusals);
}

void Reconciler::wait_for(const Action& action, const std::string& in_the_way, const Pass& pass,
                          NodeMemory& memory) {
    memory.reason = "has to wait: " + in_the_way;
    memory.alarm = memory.waits > 0;
    memory.due = pass.now + backoff_delay(memory.waits++, random_of(action.address, pass.random));
}

void Reconciler::refuse(const Action& action, std::string reason, const Pass& pass,
                        NodeMemory& memory) {
    memory.state = NodeState::not_ready;
    memory.node_class = NodeClass::not_ready;
    memory.refused_since = memory.refused_since.value_or(pass.now);
    memory.since = *memory.refused_since;  // each probe finds it fresh
    memory.reason = std::move(reason);
    memory.alarm = true;
    memory.due = pass.now + backoff_delay(memory.waits++, random_of(action.address, pass.random));
}

SqlResult<std::optional<Candidate>> Reconciler::still_allowed(const Action& action, Pass& pass,
                                                              NodeMemory& memory) {
    const auto in_the_way = hold_members(action, pass);
    if (!in_the_way) {
        return tl::unexpected(in_the_way.error());
    }
    if (!in_the_way->empty()) {
        wait_for(action, *in_the_way, pass, memory);
        return std::nullopt;
    }
    auto candidate = hold_candidate(action, pass);
    const auto facts = candidate ? SqlResult<CandidateFacts>(candidate->facts)
                                 : SqlResult<CandidateFacts>(tl::unexpected(candidate.error()));
    if (!may_still(action, facts, pass, memory)) {
        return std::nullopt;
    }
    if (action.kind == ActionKind::update_address) {
        const RegisteredNode row{
            .node_id = action.node_id, .group_id = action.group_id, .address = action.address};
        const auto ahead = ahead_of_coordinator(pass.coordinator, row, *candidate);
        if (!ahead) {
            return tl::unexpected(ahead.error());
        }
        if (*ahead) {
            wait_for(action, refusal_text({**ahead}), pass, memory);
            return std::nullopt;
        }
    }
    return std::optional(std::move(*candidate));
}

bool Reconciler::may_still(const Action& action, const SqlResult<CandidateFacts>& facts,
                           const Pass& pass, NodeMemory& memory) {
    CoordinatorView view(pass.actual.own, pass.actual.cluster, pass.actual.records);
    if (action.kind == ActionKind::update_address) {
        const auto old =
            examine(connector_, target_at(settings_.worker_target, action.old_address));
        if (old) {
            view.add_answer(action.old_address, identity_of(old->facts));
        }
    }
    const std::string why_not = objection(action, facts, view);
    if (!why_not.empty()) {
        memory.reason = "has changed since it was probed: " + why_not;
        memory.due = pass.now + kAnotherProbe;
    }
    return why_not.empty();
}

// Whoever joins is held exclusively: another coordinator that has it on its list, too, waits, and
// finds a member of ours afterwards.
SqlResult<Candidate> Reconciler::hold_candidate(const Action& action, Pass& pass) {
    const LockMode mode =
        action.kind == ActionKind::add_node ? LockMode::exclusive : LockMode::shared;
    if (auto session = pass.sessions.take(action.address)) {
        if (auto candidate = lock_and_examine(std::move(session), mode, kLockWait)) {
            return candidate;
        }
        // Restarted since, as it seems.
    }
    return lock_and_examine(connector_, target_at(settings_.worker_target, action.address), mode,
                            kLockWait);
}

}  // namespace citus_init::citus
