#pragma once

#include <functional>
#include <memory>
#include <string>

#include "citus_init/backup/runner.h"
#include "citus_init/settings/backup_settings.h"

namespace citus_init::backup {

// How this node runs pgBackRest for its repository: all of it here, or, with a repository host,
// what has to run there by a request (host_request.h), which works for `backup` and for repo-rm of
// a restore point. A run there is followed until its end, cancelled by `stop` and at the deadline,
// and gives up when the host has not answered for a minute: `unavailable`.
//
// `configuration`: the path of pgbackrest.conf. `node_host`: how the host reaches this node, asked
// for each backup; may block, and may be empty where no backup is made.
std::unique_ptr<Runner> make_runner(const settings::BackupSettings& settings,
                                    std::string configuration,
                                    std::function<std::string()> node_host = {});

}  // namespace citus_init::backup
