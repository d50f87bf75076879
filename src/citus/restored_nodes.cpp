#include "citus_init/citus/restored_nodes.h"

#include "citus/restored_statements.h"
#include "citus/row_values.h"
#include "citus/statements.h"
#include "citus/transaction.h"

namespace citus_init::citus {

namespace {

constexpr const char* kSettling = "settling";

RestoredNode point_of(const Rows& rows) {
    RestoredNode node;
    node.target = rows.at(0, 0);
    node.point = rows.at(0, 1);
    node.has_citus_loaded = node.target.empty() || rows.at(0, 2) == kSettling;
    return node;
}

const char* state_name(RestoredState state) {
    switch (state) {
        case RestoredState::unsettled:
            return "unsettled";
        case RestoredState::settled:
            return "settled";
        case RestoredState::complete:
            return "complete";
    }
    return "unsettled";
}

SqlResult<void> move_rows(Session& session, const char* statement,
                          const std::vector<NodeRow>& rows) {
    for (const auto& row : rows) {
        const std::vector<std::string> parameters{std::to_string(row.node_id), row.address.host,
                                                  std::to_string(row.address.port)};
        if (auto moved = without_rows(session.query(statement, parameters)); !moved) {
            return moved;
        }
    }
    return {};
}

}  // namespace

SqlResult<RestoredNode> read_restored_point(Session& session) {
    const auto rows = session.query(statement::kRestoredPoint);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return point_of(*rows);
}

SqlResult<RestoredNode> read_restored_node(Session& session) {
    const auto rows = session.query(statement::kRestoredNode);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    RestoredNode node = point_of(*rows);
    node.system_identifier = rows->at(0, 3);
    node.group_id = integer_at(*rows, 0, 4);
    node.in_recovery = rows->is_true(0, 5);
    return node;
}

SqlResult<std::vector<std::string>> read_database_names(Session& session) {
    const auto rows = session.query(statement::kConnectableDatabases);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::vector<std::string> names;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        names.push_back(rows->at(row, 0));
    }
    return names;
}

SqlResult<std::unique_ptr<Session>> connect_where_citus_is(Connector& connector,
                                                           const ConnectionTarget& target) {
    auto session = connector.connect(target);
    if (!session) {
        return session;
    }
    const auto has_citus = ask(**session, statement::kHasCitusExtension);
    if (!has_citus) {
        return tl::unexpected(has_citus.error());
    }
    return *has_citus ? std::move(session) : nullptr;
}

SqlResult<std::vector<NodeRow>> read_node_rows(Session& session) {
    const auto rows = session.query(statement::kNodeRows);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::vector<NodeRow> nodes;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        nodes.push_back({integer_at(*rows, row, 0), integer_at(*rows, row, 1),
                         address_at(*rows, row, 2), rows->is_true(row, 4)});
    }
    return nodes;
}

SqlResult<RestoredState> read_restored_state(Session& session, const std::string& target) {
    const auto there = ask(session, statement::kHasRestored);
    if (!there) {
        return tl::unexpected(there.error());
    }
    if (!*there) {
        return RestoredState::unsettled;
    }
    const auto rows = session.query(statement::kRestoredState, {target});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    for (const RestoredState state : {RestoredState::settled, RestoredState::complete}) {
        if (!rows->empty() && rows->at(0, 0) == state_name(state)) {
            return state;
        }
    }
    return RestoredState::unsettled;
}

SqlResult<void> note_restored_state(Session& session, const std::string& target,
                                    RestoredState state) {
    if (auto made = without_rows(session.query(statement::kMakeRestored)); !made) {
        return made;
    }
    return without_rows(session.query(statement::kNoteRestored, {target, state_name(state)}));
}

SqlResult<void> settle_node_rows(Session& session, const std::string& target,
                                 const std::vector<NodeRow>& rows) {
    const auto node = read_restored_point(session);
    const auto has_records = ask(session, statement::kHasRecords);
    if (!node || !has_records) {
        return tl::unexpected(node ? has_records.error() : node.error());
    }
    return in_transaction(session, [&]() -> SqlResult<void> {
        for (const char* sql : {node->has_citus_loaded ? "SELECT 1" : statement::kWithoutTriggers,
                                statement::kDropSecondaries, statement::kFreeAddresses}) {
            if (auto done = without_rows(session.query(sql)); !done) {
                return done;
            }
        }
        if (auto moved = move_rows(session, statement::kMoveNode, rows); !moved) {
            return moved;
        }
        if (*has_records) {
            if (auto moved = move_rows(session, statement::kMoveRecord, rows); !moved) {
                return moved;
            }
        }
        return note_restored_state(session, target, RestoredState::settled);
    });
}

SqlResult<void> forget_announcements(Session& coordinator) {
    const auto there = ask(coordinator, statement::kHasJoinRequests);
    if (!there) {
        return tl::unexpected(there.error());
    }
    return *there ? without_rows(coordinator.query(statement::kForgetJoinRequests))
                  : SqlResult<void>{};
}

SqlResult<void> recover_prepared_transactions(Session& session) {
    return without_rows(session.query(statement::kRecoverPrepared));
}

SqlResult<int> count_prepared_transactions(Session& session) {
    const auto rows = session.query(statement::kCountPrepared);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return integer_at(*rows, 0, 0);
}

}  // namespace citus_init::citus
