#pragma once

#include <optional>
#include <string>

#include "citus_init/base/secret.h"
#include "citus_init/settings/backup_settings.h"

namespace citus_init::backup {

// The server that pgBackRest works for, as it reaches it.
struct LocalCluster {
    std::string data_directory;
    std::string socket_directory;
    std::string port;
    std::string user;  // a superuser
    std::string database;
};

// The text of pgbackrest.conf, which holds the repository's secrets. `lock_directory`: private to
// this node. `group`: none while it is not known, then there is no stanza in it. Pure.
Secret render_configuration(const settings::BackupSettings& settings, const LocalCluster& cluster,
                            const std::string& lock_directory, std::optional<int> group);

// The same for people: secrets are "***".
std::string shown_configuration(settings::BackupSettings settings, const LocalCluster& cluster,
                                const std::string& lock_directory, std::optional<int> group);

}  // namespace citus_init::backup
