#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// Common names of the certificates between nodes and a repository host, by which pgBackRest's
// servers admit the other side.
inline constexpr const char* kNodePeer = "citus-init-node";
inline constexpr const char* kHostPeer = "citus-init-repository";

// What is pgBackRest's on this machine.
struct LocalFiles {
    std::string lock_directory;  // private to this node
    // For a repository host, on both sides; PEM.
    std::string authority{};
    std::string certificate{};
    std::string private_key{};
};

// The text of pgbackrest.conf of a node, which holds the repository's secrets. `group`: none while
// it is not known, then there is no stanza in it. With a repository host it has what
// `pgbackrest server` needs as well, once the group is known. Pure.
Secret render_configuration(const settings::BackupSettings& settings, const LocalCluster& cluster,
                            const LocalFiles& files, std::optional<int> group);

// The same for people: secrets are "***".
std::string shown_configuration(settings::BackupSettings settings, const LocalCluster& cluster,
                                const LocalFiles& files, std::optional<int> group);

// The text of pgbackrest.conf of a repository host, which serves every node whose certificate is of
// the same secret. Pure.
Secret render_host_configuration(const settings::BackupSettings& settings, const LocalFiles& files);

// What render_configuration() has written of the stanza's server; none: there is no such stanza in
// the text. Pure, for any text.
std::optional<LocalCluster> parse_local_cluster(std::string_view configuration,
                                                const std::string& stanza);

// `pgbackrest server` with that file, which reports warnings and errors on stderr.
std::vector<std::string> server_command(const std::string& configuration);

}  // namespace citus_init::backup
