#pragma once

#include "citus_init/base/host_port.h"
#include "citus_init/settings/environment.h"
#include "citus_init/settings/settings.h"

namespace citus_init::settings {

// The environment of the node that a member is without Patroni, while it restores its group
// (ADR 87): the same server, data directory, users and address, the role and the group by variables
// that a node without Patroni has. `environment` and `settings` are the member's, both as
// load_settings() returned them; `own` and `coordinator` are where the two servers are reached. It
// has secrets. Pure.
Environment without_patroni(const Environment& environment, const Settings& settings,
                            const HostPort& own, const HostPort& coordinator);

}  // namespace citus_init::settings
