#include "citus_init/citus/membership/node_state_table.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/sqlstate.h"

#include "citus/membership/positions.h"
#include "citus/node_state_statements.h"
#include "citus/own_functions.h"
#include "citus/row_values.h"
#include "citus/statements.h"
#include "citus/transaction.h"

namespace citus_init::citus {

namespace {

using std::chrono::milliseconds;

OwnFunctions node_state_table() {
    return {statement::kNodeStateTableVersion,
            statement::kCurrentNodeStateTableVersion,
            statement::kCommentStateOf,
            // The function reads the records too, which are made with the first of them.
            {statement::kMakeRecords, statement::kCreateNodeState, statement::kRevokeNodeState,
             statement::kDropStateOf, statement::kCreateStateOf, statement::kRevokeStateOf},
            statement::kMayAskState,
            statement::kLetAskState};
}

ReportedState state_of(const NodeReport& node, const PassReport& report) {
    ReportedState state;
    state.state = state_name(node.state);
    state.node_class = node.node_class ? node_class_name(*node.node_class) : "";
    state.reason = node.reason;
    state.alarm = node.alarm;
    state.desired = node.desired;
    state.node_id = node.node_id;
    state.found = node.identity.value_or(Identity{});
    if (!report.stopped.empty()) {
        state.reason = report.stopped;
        state.alarm = true;
    }
    return state;
}

SqlResult<ReportedStates> read_states(Session& coordinator) {
    const auto rows = coordinator.query(statement::kReportedStates);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    ReportedStates states;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        ReportedState& state = states[address_at(*rows, row, 0)];
        state.node_id = integer_at(*rows, row, 2);
        state.state = rows->at(row, 3);
        state.node_class = rows->at(row, 4);
        state.reason = rows->at(row, 5);
        state.alarm = rows->is_true(row, 6);
        state.desired = rows->is_true(row, 7);
        state.found = {rows->at(row, 8), rows->at(row, 9)};
    }
    return states;
}

SqlResult<void> write_row(Session& coordinator, const StateChanges::Row& row) {
    const auto boolean = [](bool value) { return value ? "true" : "false"; };
    const ReportedState& state = row.state;
    const auto done = coordinator.query(
        statement::kRecordState,
        {row.address.host, std::to_string(row.address.port), std::to_string(state.node_id),
         state.state, state.node_class, state.reason, boolean(state.alarm), boolean(state.desired),
         state.found.system_identifier, state.found.server_id,
         fmt::format("{} ms", row.age.count())});
    return done ? SqlResult<void>{} : tl::unexpected(done.error());
}

SqlResult<void> write_all(Session& coordinator, const StateChanges& changes) {
    for (const auto& row : changes.rows) {
        if (auto done = write_row(coordinator, row); !done) {
            return done;
        }
    }
    for (const auto& address : changes.gone) {
        const auto done = coordinator.query(statement::kForgetState,
                                            {address.host, std::to_string(address.port)});
        if (!done) {
            return tl::unexpected(done.error());
        }
    }
    return {};
}

// An older coordinator, one whose agent has not come that far, or one that lets nodes announce
// themselves and no more.
bool cannot_be_asked(const SqlError& error) {
    return error.sqlstate == sqlstate::kInvalidSchemaName ||
           error.sqlstate == sqlstate::kUndefinedFunction ||
           error.sqlstate == sqlstate::kUndefinedTable ||
           error.sqlstate == sqlstate::kInsufficientPrivilege;
}

}  // namespace

SqlResult<bool> ensure_node_state_table(Session& coordinator) {
    return ensure_functions(coordinator, node_state_table());
}

SqlResult<void> let_nodes_ask_their_state(Session& coordinator) {
    return let_nodes_call(coordinator, node_state_table());
}

StateChanges state_changes(const ReportedStates& reported, const PassReport& report,
                           TimePoint now) {
    StateChanges changes;
    std::unordered_set<HostPort, HostPortHash> there;
    for (const auto& node : report.nodes) {
        there.insert(node.address);
        const auto known = reported.find(node.address);
        // Of one that this pass could not probe, what was recorded before holds.
        if (node.state == NodeState::absent) {
            continue;
        }
        ReportedState state = state_of(node, report);
        if (known == reported.end() || known->second != state) {
            const auto age = std::chrono::duration_cast<milliseconds>(now - node.since);
            changes.rows.push_back(
                {node.address, std::move(state), std::max(age, milliseconds::zero())});
        }
    }
    for (const auto& [address, state] : reported) {
        if (!there.contains(address)) {
            changes.gone.push_back(address);
        }
    }
    return changes;
}

SqlResult<void> NodeStateTable::show(Session& coordinator, const PassReport& report,
                                     TimePoint now) {
    if (report.read_only_pass) {
        reported_.reset();  // whoever may act may write, too
        return {};
    }
    if (!reported_) {
        auto read = read_states(coordinator);
        if (!read) {
            return tl::unexpected(read.error());
        }
        reported_ = std::move(*read);
    }
    auto changes = state_changes(*reported_, report, now);
    if (changes.rows.empty() && changes.gone.empty()) {
        return {};
    }
    if (auto written = in_transaction(coordinator, [&] { return write_all(coordinator, changes); });
        !written) {
        reported_.reset();
        return written;
    }
    for (auto& row : changes.rows) {
        reported_->insert_or_assign(row.address, std::move(row.state));
    }
    for (const auto& address : changes.gone) {
        reported_->erase(address);
    }
    return {};
}

SqlResult<std::optional<RecordedOwnState>> ask_own_state(Session& coordinator,
                                                         const HostPort& address,
                                                         const Identity& identity) {
    const auto rows = coordinator.query(
        statement::kAskState, {address.host, std::to_string(address.port), identity.server_id});
    if (!rows && !cannot_be_asked(rows.error())) {
        return tl::unexpected(rows.error());
    }
    if (!rows || rows->empty()) {
        return std::nullopt;
    }
    RecordedOwnState recorded;
    recorded.state = rows->at(0, 0);
    recorded.node_class = rows->at(0, 1);
    recorded.reason = rows->at(0, 2);
    recorded.alarm = rows->is_true(0, 3);
    recorded.registered = rows->is_true(0, 4);
    if (!rows->is_null(0, 5)) {
        recorded.same_server = rows->is_true(0, 5);
    }
    recorded.recorded_server = rows->is_true(0, 6);
    recorded.node_id = integer_at(*rows, 0, 7);
    recorded.system_identifier = rows->at(0, 8);
    recorded.furthest = {integer_at(*rows, 0, 9),
                         static_cast<std::uint64_t>(bigint_at(*rows, 0, 10))};
    return recorded;
}

void note_older_data(RecordedOwnState& recorded, const ServerFacts& own) {
    if (own.system_identifier != recorded.system_identifier ||
        !is_behind(own.wal, own.timeline_ends, recorded.furthest)) {
        return;
    }
    recorded.state = state_name(NodeState::lost);
    recorded.node_class = node_class_name(NodeClass::stale);
    recorded.reason = older_data_text(own.wal, recorded.furthest, recorded.node_id);
    recorded.alarm = true;
}

bool is_impostor(const RecordedOwnState& recorded) {
    if (!recorded.registered || recorded.same_server != true) {
        return false;
    }
    const bool is_another = !recorded.recorded_server &&
                            recorded.node_class != node_class_name(NodeClass::member) &&
                            (recorded.state == state_name(NodeState::lost) ||
                             recorded.state == state_name(NodeState::blocked));
    return is_another || recorded.node_class == node_class_name(NodeClass::stale);
}

}  // namespace citus_init::citus
