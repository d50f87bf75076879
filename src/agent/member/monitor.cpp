#include "agent/member/monitor.h"

#include "citus_init/ha/patroni/client/monitor.h"
#include "citus_init/network/node_names.h"
#include "citus_init/node/node_name.h"

namespace citus_init::agent {

Result<std::unique_ptr<ha::MemberMonitor>> make_monitor(const settings::Settings& settings) {
    if (!settings.patroni) {
        return fail(ExitCode::config, "CITUS_HA is off");
    }
    return patroni::make_monitor(settings, node::node_name(settings.citus), network::host_name());
}

}  // namespace citus_init::agent
