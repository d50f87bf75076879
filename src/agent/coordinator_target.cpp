#include "agent/coordinator_target.h"

#include "citus_init/citus/node_conninfo.h"
#include "citus_init/citus/node_role.h"
#include "citus_init/citus/own_schema.h"

namespace citus_init::agent {

HostPort coordinator_of(const AgentContext& context) {
    constexpr std::uint16_t kUsualPort = 5432;
    return {context.settings.citus.coordinator_host,
            context.settings.citus.coordinator_port.value_or(kUsualPort)};
}

citus::ConnectionTarget coordinator_target(const AgentContext& context, citus::Session& own) {
    constexpr std::chrono::seconds kStatementDeadline{10};
    const auto coordinator = coordinator_of(context);
    citus::ConnectionTarget target = context.node_target();
    target.host = coordinator.host;
    target.port = coordinator.port;
    target.statement_deadline = kStatementDeadline;
    if (context.settings.citus.has_mesh()) {
        // The coordinator may not know our address yet, and then takes no other role from us.
        target.user = citus::kNodeRole;
    }
    if (const auto conninfo = citus::read_node_conninfo(own)) {
        target.options = *conninfo;
    }
    return target;
}

citus::SqlResult<std::unique_ptr<citus::Session>> connect_to_coordinator(
    const AgentContext& context, const citus::ConnectionTarget& target) {
    auto session = context.connector->connect(target);
    // The role of nodes has no rights that anybody could want.
    if (!session || target.user == citus::kNodeRole) {
        return session;
    }
    if (const auto ours = citus::check_own_schema(**session); !ours) {
        return tl::unexpected(ours.error());
    }
    return session;
}

}  // namespace citus_init::agent
