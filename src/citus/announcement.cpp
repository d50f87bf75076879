#include "citus_init/citus/announcement.h"

#include <limits>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/node_role.h"

#include "citus/announcement_statements.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

constexpr int kMostPort = 65535;

NodeAddress address_at(const Rows& rows, std::size_t row, std::size_t column) {
    return {rows.at(row, column),
            static_cast<std::uint16_t>(
                parse_integer(rows.at(row, column + 1), 0, kMostPort).value_or(0))};
}

SqlResult<void> make_announcements(Session& coordinator) {
    const std::string comment =
        statement::kCommentAnnounce + quote_literal(statement::kCurrentAnnouncementVersion);
    for (const char* sql :
         {statement::kBegin, statement::kAnnouncementPrologue, statement::kCreateAnnouncementSchema,
          statement::kCreateJoinRequest, statement::kCreateAnnounce, statement::kRevokeAnnounce,
          comment.c_str(), statement::kCommit}) {
        const auto done = coordinator.query(sql);
        if (!done) {
            static_cast<void>(coordinator.query("ROLLBACK"));
            return tl::unexpected(done.error());
        }
    }
    return {};
}

}  // namespace

SqlResult<bool> ensure_announcements(Session& coordinator) {
    const auto version = coordinator.query(statement::kAnnouncementVersion);
    if (!version) {
        return tl::unexpected(version.error());
    }
    if (version->at(0, 0) == statement::kCurrentAnnouncementVersion) {
        return false;
    }
    if (const auto made = make_announcements(coordinator); !made) {
        return tl::unexpected(made.error());
    }
    return true;
}

SqlResult<void> let_newcomers_announce(Session& coordinator) {
    const auto granted = coordinator.query(statement::kMayAnnounce, {kNodeRole});
    if (!granted) {
        return tl::unexpected(granted.error());
    }
    if (granted->is_true(0, 0)) {
        return {};
    }
    // In one transaction. Citus would grant it on the workers, which do not have the function.
    const auto done = coordinator.query(fmt::format(statement::kLetAnnounce, kNodeRole));
    if (!done) {
        return tl::unexpected(done.error());
    }
    return {};
}

SqlResult<void> announce(Session& coordinator, const NodeAddress& address,
                         const Identity& identity) {
    const auto done =
        coordinator.query(statement::kAnnounce, {address.host, std::to_string(address.port),
                                                 identity.system_identifier, identity.server_id});
    if (!done) {
        return tl::unexpected(done.error());
    }
    return {};
}

SqlResult<std::vector<NodeAddress>> read_announcements(Session& coordinator,
                                                       std::chrono::seconds recent) {
    const auto rows =
        coordinator.query(statement::kAnnouncements, {fmt::format("{} s", recent.count())});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::vector<NodeAddress> addresses;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        addresses.push_back(address_at(*rows, row, 0));
    }
    return addresses;
}

SqlResult<OwnPlace> read_own_place(Session& worker) {
    const auto rows = worker.query(statement::kOwnPlace);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    if (rows->empty()) {
        return tl::unexpected(SqlError{"XX000", "pg_dist_local_group is empty", "", ""});
    }
    OwnPlace place;
    place.identity = {rows->at(0, 0), rows->at(0, 1)};
    place.group_id = static_cast<int>(
        parse_integer(rows->at(0, 2), 0, std::numeric_limits<int>::max()).value_or(0));
    if (place.group_id != 0 && !rows->is_null(0, 3)) {
        place.registered = address_at(*rows, 0, 3);
    }
    return place;
}

}  // namespace citus_init::citus
