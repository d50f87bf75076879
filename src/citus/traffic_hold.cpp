#include "citus_init/citus/traffic_hold.h"

#include <fmt/core.h>

#include "citus/own_functions.h"
#include "citus/row_values.h"
#include "citus/traffic_hold_statements.h"

namespace citus_init::citus {

namespace {

std::vector<std::string> place_of(const HostPort& node) {
    return {node.host, std::to_string(node.port)};
}

OwnFunctions holding_traffic() {
    return {statement::kTrafficHoldVersion,
            statement::kCurrentTrafficHoldVersion,
            statement::kCommentTrafficHold,
            {statement::kCreateTrafficHolder, statement::kCreateHoldTraffic,
             statement::kCreateReleaseTraffic, statement::kRevokeTrafficHold},
            statement::kMayHoldTraffic,
            statement::kLetHoldTraffic};
}

}  // namespace

SqlResult<bool> ensure_traffic_hold(Session& coordinator) {
    return ensure_functions(coordinator, holding_traffic());
}

SqlResult<void> let_nodes_hold_traffic(Session& coordinator) {
    return let_nodes_call(coordinator, holding_traffic());
}

SqlResult<std::string> hold_traffic(Session& coordinator, const HostPort& node,
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

SqlResult<bool> is_traffic_held(Session& coordinator, const HostPort& node) {
    return ask(coordinator, statement::kIsTrafficHeld, place_of(node));
}

SqlResult<bool> release_traffic(Session& coordinator, const HostPort& node) {
    return ask(coordinator, statement::kReleaseTraffic, place_of(node));
}

}  // namespace citus_init::citus
