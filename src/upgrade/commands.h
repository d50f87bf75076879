#pragma once

#include <string>
#include <utility>
#include <vector>

#include "citus_init/private_server/server_arguments.h"
#include "citus_init/render/guc_stack.h"

#include "upgrade/cluster_facts.h"

namespace citus_init::upgrade {

using private_server::ClusterPlace;
using private_server::PrivateSocket;

// Those of the settings that a cluster's data may depend on which differ from PostgreSQL's own
// defaults: by the user, our presets or CITUS_TUNE. A private server does not read our file.
std::vector<std::pair<std::string, std::string>> carried_settings(const render::GucStack& stack);

enum class FileTransfer { clone, copy, link };

const char* file_transfer_name(FileTransfer transfer);

// initdb of a cluster like the old one. Pure, as all below.
std::vector<std::string> initdb_arguments(const ClusterPlace& place, const ClusterFacts& facts,
                                          bool group_access, const std::string& wal_directory);

struct PgUpgradeRequest {
    ClusterPlace from;
    ClusterPlace to;
    PrivateSocket socket;
    std::string superuser;
    FileTransfer transfer = FileTransfer::copy;
    unsigned jobs = 1;
    bool only_check = false;
};
std::vector<std::string> pg_upgrade_arguments(const PgUpgradeRequest& request);

}  // namespace citus_init::upgrade
