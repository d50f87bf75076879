#include "citus/membership/addition.h"

#include <string>
#include <utility>

#include "citus_init/citus/sqlstate.h"

#include "citus/join_statements.h"
#include "citus/row_values.h"
#include "citus/statements.h"
#include "citus/transaction.h"

namespace citus_init::citus {

namespace {

SqlResult<NodeRecord> add_in_transaction(Session& coordinator, const HostPort& address,
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
    return record;
}

}  // namespace

SqlResult<void> in_transaction(Session& coordinator, const std::function<SqlResult<void>()>& work,
                               const Objection& objection) {
    return in_transaction(coordinator, [&]() -> SqlResult<void> {
        if (auto worked = work(); !worked) {
            return worked;
        }
        if (auto why_not = objection(); !why_not.empty()) {
            return tl::unexpected(
                SqlError{sqlstate::kConnectionFailure, std::move(why_not), {}, {}});
        }
        return {};
    });
}

SqlResult<NodeRecord> add_and_record(Session& coordinator, const HostPort& address,
                                     const Identity& identity, bool note_join,
                                     const Objection& objection) {
    if (const auto made = ensure_record_table(coordinator); !made) {
        return tl::unexpected(made.error());
    }
    if (note_join) {
        if (const auto made = coordinator.query(statement::kMakeJoined); !made) {
            return tl::unexpected(made.error());
        }
    }
    NodeRecord record;
    const auto add = [&]() -> SqlResult<void> {
        auto added = add_in_transaction(coordinator, address, identity, note_join);
        if (!added) {
            return tl::unexpected(added.error());
        }
        record = std::move(*added);
        return {};
    };
    if (const auto done = in_transaction(coordinator, add, objection); !done) {
        return tl::unexpected(done.error());
    }
    return record;
}

}  // namespace citus_init::citus
