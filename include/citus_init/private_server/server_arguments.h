#pragma once

#include <string>
#include <utility>
#include <vector>

namespace citus_init::private_server {

// Programs and directories of a cluster.
struct ClusterPlace {
    int major = 0;
    std::string bin_directory;
    std::string data_directory;
    std::string preload;  // shared_preload_libraries
    // Further settings that its data may depend on: what a prepared transaction needs, a slot.
    std::vector<std::pair<std::string, std::string>> settings{};
};

// Where a private server takes connections: a private directory, no network.
struct PrivateSocket {
    std::string directory;
    std::string hba_file;  // lets everybody in who can enter the directory
};

// A server that only we reach: neither its own pg_hba.conf nor the network counts, and Citus'
// maintenance, which would act on other nodes, is off.
std::vector<std::string> server_arguments(const ClusterPlace& place, const PrivateSocket& socket);

}  // namespace citus_init::private_server
