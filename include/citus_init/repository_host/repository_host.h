#pragma once

#include <optional>
#include <string>

#include "citus_init/settings/environment.h"

namespace citus_init::repository_host {

// `citus-init repository-host`: a pgBackRest repository for the nodes of a cluster (ADR 85), as
// process 1 of its container or below another init. Runs `pgbackrest server`, and pgBackRest for
// each request of a node. Blocks until a signal ends it: SIGTERM and SIGINT cancel what runs, and
// report that to the nodes; SIGQUIT kills it. SIGHUP reads settings and secrets again.
//
// Returns the exit status: 0 after a signal; 75 another one serves the directory; 77 the directory
// cannot be written; 78 a setting; that of pgBackRest's server where it ends again and again.
int run_repository_host(const settings::Environment& environment);

// Why the repository host of this container does not answer, "" = it does; none: there is none, by
// its file in the run directory. Runs `pgbackrest server-ping`, and blocks for 10 s at most.
struct HostHealth {
    std::string text;  // "ready: ...", "failed: ..."
    bool is_ready = false;
};
std::optional<HostHealth> read_host_health(const std::string& run_directory);

}  // namespace citus_init::repository_host
