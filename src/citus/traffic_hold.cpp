#include "citus_init/citus/traffic_hold.h"

#include <fmt/core.h>

#include "citus_init/citus/node_role.h"

#include "citus/announcement_statements.h"
#include "citus/statements.h"
#include "citus/traffic_hold_statements.h"

namespace citus_init::citus {

namespace {

std::vector<std::string> place_of(const NodeAddress& node) {
    return {node.host, std::to_string(node.port)};
}

SqlResult<bool> ask(Session& coordinator, const char* sql, const NodeAddress& node) {
    const auto rows = coordinator.query(sql, place_of(node));
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return rows->is_true(0, 0);
}

SqlResult<void> make_traffic_hold(Session& coordinator) {
    const std::string comment =
        statement::kCommentTrafficHold + quote_literal(statement::kCurrentTrafficHoldVersion);
    for (const char* sql : {statement::kBegin, statement::kAnnouncementPrologue,
                            statement::kCreateAnnouncementSchema, statement::kCreateTrafficHolder,
                            statement::kCreateHoldTraffic, statement::kCreateReleaseTraffic,
                            statement::kRevokeTrafficHold, comment.c_str(), statement::kCommit}) {
        const auto done = coordinator.query(sql);
        if (!done) {
            static_cast<void>(coordinator.query("ROLLBACK"));
            return tl::unexpected(done.error());
        }
    }
    return {};
}

}  // namespace

SqlResult<bool> ensure_traffic_hold(Session& coordinator) {
    const auto version = coordinator.query(statement::kTrafficHoldVersion);
    if (!version) {
        return tl::unexpected(version.error());
    }
    if (version->at(0, 0) == statement::kCurrentTrafficHoldVersion) {
        return false;
    }
    if (const auto made = make_traffic_hold(coordinator); !made) {
        return tl::unexpected(made.error());
    }
    return true;
}

SqlResult<void> let_nodes_hold_traffic(Session& coordinator) {
    const auto granted = coordinator.query(statement::kMayHoldTraffic, {kNodeRole});
    if (!granted) {
        return tl::unexpected(granted.error());
    }
    if (granted->is_true(0, 0)) {
        return {};
    }
    const auto done = coordinator.query(fmt::format(statement::kLetHoldTraffic, kNodeRole));
    if (!done) {
        return tl::unexpected(done.error());
    }
    return {};
}

SqlResult<std::string> hold_traffic(Session& coordinator, const NodeAddress& node,
                                    std::chrono::milliseconds longest) {
    const auto unlimited = coordinator.query(statement::kLetNothingEndTheHold);
    if (!unlimited) {
        return tl::unexpected(unlimited.error());
    }
    auto parameters = place_of(node);
    parameters.push_back(fmt::format("{} ms", longest.count()));
    const auto rows = coordinator.query(statement::kHoldTraffic, parameters);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return rows->at(0, 0);
}

SqlResult<bool> is_traffic_held(Session& coordinator, const NodeAddress& node) {
    return ask(coordinator, statement::kIsTrafficHeld, node);
}

SqlResult<bool> release_traffic(Session& coordinator, const NodeAddress& node) {
    return ask(coordinator, statement::kReleaseTraffic, node);
}

}  // namespace citus_init::citus
