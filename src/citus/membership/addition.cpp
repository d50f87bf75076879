#include "citus/membership/addition.h"

#include <string>

#include "citus/operations/join_statements.h"
#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

SqlResult<NodeRecord> add_in_transaction(Session& coordinator, const NodeAddress& address,
                                         const Identity& identity, bool note_join) {
    const auto added =
        coordinator.query(statement::kAddNode, {address.host, std::to_string(address.port)});
    if (!added) {
        return tl::unexpected(added.error());
    }
    const auto group = coordinator.query(statement::kGroupOfNode, {added->at(0, 0)});
    if (!group) {
        return tl::unexpected(group.error());
    }
    NodeRecord record{integer_at(*added, 0, 0), integer_at(*group, 0, 0), address, identity};
    if (const auto written = write_record(coordinator, record); !written) {
        return tl::unexpected(written.error());
    }
    if (note_join) {
        if (const auto noted = coordinator.query(statement::kNoteJoined, {added->at(0, 0)});
            !noted) {
            return tl::unexpected(noted.error());
        }
    }
    if (const auto committed = coordinator.query(statement::kCommit); !committed) {
        return tl::unexpected(committed.error());
    }
    return record;
}

}  // namespace

SqlResult<NodeRecord> add_and_record(Session& coordinator, const NodeAddress& address,
                                     const Identity& identity, bool note_join) {
    if (const auto made = ensure_record_table(coordinator); !made) {
        return tl::unexpected(made.error());
    }
    if (note_join) {
        if (const auto made = coordinator.query(statement::kMakeJoined); !made) {
            return tl::unexpected(made.error());
        }
    }
    if (const auto begun = coordinator.query(statement::kBegin); !begun) {
        return tl::unexpected(begun.error());
    }
    auto record = add_in_transaction(coordinator, address, identity, note_join);
    if (!record) {
        // A session that is lost has rolled back already.
        static_cast<void>(coordinator.query(statement::kRollback));
    }
    return record;
}

}  // namespace citus_init::citus
