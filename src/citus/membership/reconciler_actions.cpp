// The half of Reconciler that changes something: everything that is done on the coordinator.
#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/membership/place.h"
#include "citus_init/citus/membership/reconciler.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/citus/sqlstate.h"

#include "citus/membership/addition.h"
#include "citus/membership/pass.h"
#include "citus/membership/prober.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

using std::chrono::milliseconds;

// After it the agent reports what was done so far, and probes the rest anew.
constexpr milliseconds kActingTime{30'000};

std::vector<std::string> parameters_of(const HostPort& address) {
    return {address.host, std::to_string(address.port)};
}

}  // namespace

SqlResult<Plan> Reconciler::act(Pass& pass, Plan plan) {
    const auto end = MembershipClock::now() + kActingTime;
    Memory memory = std::move(plan.memory);
    for (const auto& action : plan.actions) {
        if (pass.halted || MembershipClock::now() > end) {
            break;
        }
        if (auto done = carry_out(action, pass, memory); !done) {
            return tl::unexpected(done.error());
        }
    }
    pass.held.reset();
    if (auto read = pass.read_cluster_again(); !read) {
        return tl::unexpected(read.error());
    }
    auto records = read_records(pass.coordinator);
    if (!records) {
        return tl::unexpected(records.error());
    }
    records_ = pass.actual.records = std::move(*records);
    pass.actual.probes = std::move(pass.after);
    return plan_with(pass, memory);
}

SqlResult<void> Reconciler::carry_out(const Action& action, Pass& pass, Memory& memory) {
    switch (action.kind) {
        case ActionKind::record_identity:
            return record(action, pass, memory.nodes[action.address]);
        case ActionKind::update_address:
            return update_address(action, pass, memory.nodes[action.address]);
        case ActionKind::set_coordinator_address:
            return set_coordinator_address(action, pass, memory.coordinator);
        case ActionKind::resync:
            return resync(action, pass, memory.nodes[action.address]);
        case ActionKind::add_node:
            return add_node(action, pass, memory.nodes[action.address]);
        case ActionKind::finish_upgrade:
            return finish_upgrade(action, pass, memory);
    }
    return {};
}

SqlResult<void> Reconciler::record(const Action& action, Pass& pass, NodeMemory& memory) {
    const auto written = write_record(
        pass.coordinator, {action.node_id, action.group_id, action.address, action.identity});
    if (!written) {
        return failed("recording the identity of " + action.address.text(), written.error(), pass,
                      memory);
    }
    return {};
}

SqlResult<void> Reconciler::forget(const RegisteredNode& row, Pass& pass, NodeMemory& memory) {
    if (const auto forgotten = forget_record(pass.coordinator, row.node_id); !forgotten) {
        return failed("forgetting the identity of " + row.address.text(), forgotten.error(), pass,
                      memory);
    }
    return {};
}

// The agent has asked before it opened this node; the other may have been started since.
std::string Reconciler::other_leader(const Action& action, Pass& pass) {
    if (address_change(pass.actual.cluster, action.address) != AddressChange::moved) {
        return {};
    }
    const auto views = find_leaders(pass.coordinator, connector_, settings_.worker_target);
    if (!views) {
        return views.error().text();
    }
    const auto place = assess_coordinator({action.address}, *views);
    return place.state == PlaceState::refused ? to_string(place.reason) : std::string{};
}

// As the preparation does: its new row may hold none, and nobody else could.
SqlResult<void> Reconciler::let_lone_coordinator_have_shards(const HostPort& address, Pass& pass) {
    const Cluster& cluster = pass.actual.cluster;
    const bool is_lone = !cluster.coordinator && cluster.workers.empty();
    if (!is_lone || !pass.desired.addresses.empty() || !pass.desired.complete) {
        return {};
    }
    const auto allowed =
        pass.coordinator.query(statement::kLetCoordinatorHaveShards, parameters_of(address));
    return allowed ? SqlResult<void>{} : tl::unexpected(allowed.error());
}

SqlResult<void> Reconciler::set_coordinator_address(const Action& action, Pass& pass,
                                                    NodeMemory& memory) {
    if (const std::string other = other_leader(action, pass); !other.empty()) {
        pass.halted = true;
        return failed("citus_set_coordinator_host()",
                      {sqlstate::kObjectNotInPrerequisiteState, other, "", ""}, pass, memory);
    }
    const auto in_the_way = hold_members(action, pass);
    if (!in_the_way) {
        return tl::unexpected(in_the_way.error());
    }
    bool changed = false;
    const auto set = [&]() -> SqlResult<void> {
        if (!in_the_way->empty()) {
            return tl::unexpected(SqlError{sqlstate::kConnectionFailure, *in_the_way, {}, {}});
        }
        const auto done =
            ensure_coordinator_address(pass.coordinator, pass.actual.cluster, action.address);
        changed = done.value_or(false);
        if (!done) {
            return tl::unexpected(done.error());
        }
        return changed ? let_lone_coordinator_have_shards(action.address, pass) : SqlResult<void>{};
    };
    const auto done = in_transaction(pass.coordinator, set,
                                     [&] { return pass.held->missing_connection(pass.mark); });
    if (!done) {
        pass.halted = true;  // what follows needs it
        return failed("citus_set_coordinator_host()", done.error(), pass, memory);
    }
    if (changed) {
        pass.report.changes.push_back(
            fmt::format("registered the coordinator as {}", action.address.text()));
    }
    return pass.read_cluster_again();
}

SqlResult<void> Reconciler::add_node(const Action& action, Pass& pass, NodeMemory& memory) {
    auto candidate = still_allowed(action, pass, memory);
    if (!candidate || !*candidate) {
        return candidate ? SqlResult<void>{} : tl::unexpected(candidate.error());
    }
    if (settings_.reason_against) {
        auto reason = settings_.reason_against(pass.coordinator, *(*candidate)->session);
        if (!reason.empty()) {
            refuse(action, std::move(reason), pass, memory);
            return {};
        }
        memory.refused_since.reset();
    }
    const auto objection = [&]() -> std::string {
        auto elsewhere = went_elsewhere(*(*candidate)->session, action.address, pass.mark);
        return elsewhere.empty() ? pass.held->missing_connection(pass.mark) : elsewhere;
    };
    const auto added =
        add_and_record(pass.coordinator, action.address, identity_of((*candidate)->facts),
                       settings_.note_joins, objection);
    if (!added) {
        return failed("citus_add_node()", added.error(), pass, memory);
    }
    ++pass.report.joined;
    pass.report.changes.push_back(fmt::format("registered the worker {}", action.address.text()));
    return verify(action, pass, memory, std::move(**candidate));
}

SqlResult<void> Reconciler::update_address(const Action& action, Pass& pass, NodeMemory& memory) {
    auto candidate = still_allowed(action, pass, memory);
    if (!candidate || !*candidate) {
        return candidate ? SqlResult<void>{} : tl::unexpected(candidate.error());
    }
    auto parameters = parameters_of(action.address);
    parameters.insert(parameters.begin(), std::to_string(action.node_id));
    if (const auto updated = pass.coordinator.query(statement::kUpdateNode, parameters); !updated) {
        return failed("citus_update_node()", updated.error(), pass, memory);
    }
    pass.report.changes.push_back(fmt::format("followed the worker {} to its new address {}",
                                              action.old_address.text(), action.address.text()));
    return verify(action, pass, memory, std::move(**candidate));
}

SqlResult<void> Reconciler::resync(const Action& action, Pass& pass, NodeMemory& memory) {
    const auto in_the_way = hold_members(action, pass);
    if (!in_the_way) {
        return tl::unexpected(in_the_way.error());
    }
    const CandidateFacts* facts = pass.held->facts_of(action.address);
    if (!in_the_way->empty() || facts == nullptr) {
        wait_for(action, *in_the_way, pass, memory);
        return {};
    }
    if (!may_still(action, *facts, pass, memory)) {
        return {};
    }
    const auto activate = [&]() -> SqlResult<void> {
        const auto done =
            pass.coordinator.query(statement::kActivateNode, parameters_of(action.address));
        return done ? SqlResult<void>{} : tl::unexpected(done.error());
    };
    const auto activated = in_transaction(pass.coordinator, activate, [&] {
        return went_elsewhere(*pass.held->session_on(action.address), action.address, pass.mark);
    });
    if (!activated) {
        return failed("citus_activate_node()", activated.error(), pass, memory);
    }
    pass.report.changes.push_back(
        fmt::format("brought the metadata of the worker {} up to date", action.address.text()));
    return {};
}

SqlResult<void> Reconciler::finish_upgrade(const Action& action, Pass& pass, Memory& memory) {
    const auto in_the_way = hold_members(action, pass);
    if (!in_the_way) {
        return tl::unexpected(in_the_way.error());
    }
    if (!in_the_way->empty()) {
        note_failure(memory.coordinator, "citus_finish_citus_upgrade()",
                     SqlError{sqlstate::kConnectionFailure, *in_the_way, {}, {}}, pass.now,
                     pass.random);
        return {};
    }
    if (const auto finished = pass.coordinator.query(statement::kFinishUpgrade); !finished) {
        return failed("citus_finish_citus_upgrade()", finished.error(), pass, memory.coordinator);
    }
    memory.upgrade_finished = true;
    return {};
}

// What the call has made of the node, on the coordinator and on the node itself.
SqlResult<void> Reconciler::verify(const Action& action, Pass& pass, NodeMemory& memory,
                                   Candidate candidate) {
    // Unless the node is proven to be one of them now, they are held anew before the next call.
    auto held = std::exchange(pass.held, std::nullopt);
    if (auto read = pass.read_cluster_again(); !read) {
        return read;
    }
    memory.due = pass.now;  // should the probe that follows fail
    const RegisteredNode* row = pass.actual.cluster.find(action.address);
    if (row == nullptr) {
        return {};
    }
    const auto names = read_shard_names(pass.coordinator, row->group_id);
    if (!names) {
        return tl::unexpected(names.error());
    }
    auto membership = read_membership_facts(*candidate.session);
    auto proof = prove_shards(*candidate.session, *names);
    if (membership && membership->group_id != row->group_id &&
        action.kind == ActionKind::add_node) {
        // Not whom Citus has added, by all that is known now; who it was has to be proven.
        return forget(*row, pass, memory);
    }
    if (!membership || !proof || membership->group_id != row->group_id || !proof->complete()) {
        return {};
    }
    candidate.facts.membership = std::move(*membership);
    pass.after.insert_or_assign(action.address, Probe{candidate.facts, *proof});
    if (action.kind == ActionKind::add_node) {
        held->adopt(action.address, std::move(candidate));
        pass.held = std::move(held);
        return {};  // was recorded with the call
    }
    Action recording = action;
    recording.node_id = row->node_id;
    recording.group_id = row->group_id;
    return record(recording, pass, memory);
}

SqlResult<void> Reconciler::failed(const std::string& what, const SqlError& error, Pass& pass,
                                   NodeMemory& memory) {
    if (auto own = check_own_session(pass.coordinator); !own) {
        return own;
    }
    if (error.sqlstate == sqlstate::kReadOnlySqlTransaction) {
        pass.halted = true;
        pass.actual.observe_only = "this server takes no writes: " + error.text();
        return {};
    }
    note_failure(memory, what, error, pass.now, pass.random);
    return {};
}

}  // namespace citus_init::citus
