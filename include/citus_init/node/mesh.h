#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/security/mesh_certificate.h"
#include "citus_init/settings/settings.h"

namespace citus_init::node {

// What other nodes may call this one, the name that it is registered under first: its certificate
// is for all of them. With Patroni the connect addresses are among them. Asks a resolver, for some
// seconds at most, where no name was given to the node. For programs of one thread.
std::vector<std::string> certificate_names(const settings::Settings& settings);

security::MeshFiles mesh_files(const settings::Settings& settings);

security::MeshRequest mesh_request(const settings::CitusSettings& citus,
                                   std::vector<std::string> names);

// What a certificate for the TLS of a repository host is for. pgBackRest admits by the name.
enum class BackupPeer {
    node,             // backup::kNodePeer
    repository_host,  // backup::kHostPeer
};

// The files of OwnFiles::backup_*, signed by the authority of CITUS_CLUSTER_SECRET, which must be
// there. Makes their directory. Errors and blocking as security::ensure_mesh_certificate() and
// certificate_names(). `server_is_running`: pgBackRest's own server, which keeps its key then.
[[nodiscard]] Result<security::MeshCertificate> ensure_backup_certificate(
    const settings::Settings& settings, BackupPeer peer, bool server_is_running);

// How often that certificate is examined: each tenth of its life, each hour at least.
std::chrono::milliseconds backup_certificate_pause(const settings::CitusSettings& citus);

// "until 2027-02-20T12:00:00Z"
std::string until(std::int64_t seconds);

}  // namespace citus_init::node
