#include "citus_init/citus/announcement.h"

#include <fmt/core.h>

#include "citus_init/citus/sqlstate.h"

#include "citus/announcement_statements.h"
#include "citus/own_functions.h"
#include "citus/row_values.h"

namespace citus_init::citus {

namespace {

OwnFunctions announcing() {
    return {statement::kAnnouncementVersion,
            statement::kCurrentAnnouncementVersion,
            statement::kCommentAnnounce,
            {statement::kCreateJoinRequest, statement::kCreateAnnounce, statement::kRevokeAnnounce},
            statement::kMayAnnounce,
            statement::kLetAnnounce};
}

}  // namespace

SqlResult<bool> ensure_announcements(Session& coordinator) {
    return ensure_functions(coordinator, announcing());
}

SqlResult<void> let_newcomers_announce(Session& coordinator) {
    return let_nodes_call(coordinator, announcing());
}

SqlResult<void> announce(Session& coordinator, const HostPort& address, const Identity& identity) {
    const auto done =
        coordinator.query(statement::kAnnounce, {address.host, std::to_string(address.port),
                                                 identity.system_identifier, identity.server_id});
    if (!done) {
        return tl::unexpected(done.error());
    }
    return {};
}

SqlResult<std::vector<Announcement>> read_announcements(Session& coordinator,
                                                        std::chrono::seconds recent) {
    const auto rows =
        coordinator.query(statement::kAnnouncements, {fmt::format("{} s", recent.count())});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::vector<Announcement> announcements;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        announcements.push_back({address_at(*rows, row, 0),
                                 {rows->at(row, 2), rows->at(row, 3)},
                                 rows->is_true(row, 4)});
    }
    return announcements;
}

SqlResult<OwnPlace> read_own_place(Session& worker) {
    const auto rows = worker.query(statement::kOwnPlace);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    if (rows->empty()) {
        return tl::unexpected(
            SqlError{sqlstate::kInternalError, "pg_dist_local_group is empty", "", ""});
    }
    OwnPlace place;
    place.identity = {rows->at(0, 0), rows->at(0, 1)};
    place.group_id = integer_at(*rows, 0, 2);
    if (place.group_id != 0 && !rows->is_null(0, 3)) {
        place.registered = address_at(*rows, 0, 3);
    }
    return place;
}

}  // namespace citus_init::citus
