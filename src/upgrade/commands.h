#pragma once

#include <string>
#include <utility>
#include <vector>

#include "citus_init/render/guc_stack.h"

#include "upgrade/cluster_facts.h"

namespace citus_init::upgrade {

// Programs and directories of one of the two clusters.
struct ClusterPlace {
    int major = 0;
    std::string bin_directory;
    std::string data_directory;
    std::string preload;  // shared_preload_libraries
    // Further settings that its data may depend on: what a prepared transaction needs, a slot.
    std::vector<std::pair<std::string, std::string>> settings{};
};

// Those of them that the user has set.
std::vector<std::pair<std::string, std::string>> carried_settings(const render::GucStack& stack);

// Where the servers of the upgrade take connections: a private directory, no network.
struct PrivateSocket {
    std::string directory;
    std::string hba_file;  // lets everybody in who can enter the directory
};

enum class FileTransfer { clone, copy, link };

const char* file_transfer_name(FileTransfer transfer);

// initdb of a cluster like the old one. Pure, as all below.
std::vector<std::string> initdb_arguments(const ClusterPlace& place, const ClusterFacts& facts,
                                          bool group_access, const std::string& wal_directory);

// A server that only we reach: neither its own pg_hba.conf nor the network counts, and Citus'
// maintenance, which would act on other nodes, is off.
std::vector<std::string> server_arguments(const ClusterPlace& place, const PrivateSocket& socket);

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
