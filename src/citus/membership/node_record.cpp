#include "citus_init/citus/membership/node_record.h"

#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

SqlResult<std::vector<NodeRecord>> read_records(Session& coordinator) {
    const auto there = ask(coordinator, statement::kHasRecords);
    if (!there) {
        return tl::unexpected(there.error());
    }
    std::vector<NodeRecord> records;
    if (!*there) {
        return records;
    }
    const auto rows = coordinator.query(statement::kRecords);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        NodeRecord record;
        record.node_id = integer_at(*rows, row, 0);
        record.group_id = integer_at(*rows, row, 1);
        record.address = address_at(*rows, row, 2);
        record.identity = {rows->at(row, 4), rows->at(row, 5)};
        record.removed_start = rows->at(row, 6);
        record.furthest = {integer_at(*rows, row, 7),
                           static_cast<std::uint64_t>(bigint_at(*rows, row, 8))};
        record.copy_seen = rows->at(row, 9);
        record.behind_lsn = static_cast<std::uint64_t>(bigint_at(*rows, row, 10));
        records.push_back(std::move(record));
    }
    return records;
}

SqlResult<void> ensure_record_table(Session& coordinator) {
    const auto there = ask(coordinator, statement::kHasCurrentRecords);
    if (!there) {
        return tl::unexpected(there.error());
    }
    if (!*there) {
        if (const auto made = coordinator.query(statement::kMakeRecords); !made) {
            return tl::unexpected(made.error());
        }
    }
    return {};
}

SqlResult<void> note_position(Session& coordinator, int node_id, const WalPosition& position) {
    const auto noted = coordinator.query(
        statement::kNotePosition,
        {std::to_string(node_id), std::to_string(position.timeline), std::to_string(position.lsn)});
    return noted ? SqlResult<void>{} : tl::unexpected(noted.error());
}

SqlResult<void> note_behind(Session& coordinator, int node_id, const WalPosition& position) {
    const auto noted = coordinator.query(statement::kNoteBehind,
                                         {std::to_string(node_id), std::to_string(position.lsn)});
    return noted ? SqlResult<void>{} : tl::unexpected(noted.error());
}

SqlResult<void> note_copy(Session& coordinator, int node_id, const HostPort& address) {
    const auto noted =
        coordinator.query(statement::kNoteCopy, {std::to_string(node_id), address.text()});
    return noted ? SqlResult<void>{} : tl::unexpected(noted.error());
}

SqlResult<void> forget_record(Session& coordinator, int node_id) {
    const auto forgotten = coordinator.query(statement::kForgetNode, {std::to_string(node_id)});
    if (!forgotten) {
        return tl::unexpected(forgotten.error());
    }
    return {};
}

SqlResult<void> write_record(Session& coordinator, const NodeRecord& record) {
    if (auto made = ensure_record_table(coordinator); !made) {
        return made;
    }
    const std::string node_id = std::to_string(record.node_id);
    // In two statements: a crash between them costs the record, which is then made again.
    const auto forgotten =
        coordinator.query(statement::kForgetRecord,
                          {node_id, record.identity.system_identifier, record.identity.server_id});
    if (!forgotten) {
        return tl::unexpected(forgotten.error());
    }
    const auto written =
        coordinator.query(statement::kWriteRecord,
                          {node_id, std::to_string(record.group_id), record.address.host,
                           std::to_string(record.address.port), record.identity.system_identifier,
                           record.identity.server_id, record.removed_start});
    if (!written) {
        return tl::unexpected(written.error());
    }
    return {};
}

}  // namespace citus_init::citus
