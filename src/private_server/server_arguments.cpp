#include "citus_init/private_server/server_arguments.h"

#include <fmt/core.h>

#include "citus_init/render/postgresql_conf.h"

namespace citus_init::private_server {

std::vector<std::string> server_arguments(const ClusterPlace& place, const PrivateSocket& socket) {
    std::vector<std::string> arguments{place.bin_directory + "/postgres", "-D",
                                       place.data_directory};
    const auto set = [&](const std::string& assignment) {
        arguments.emplace_back("-c");
        arguments.push_back(assignment);
    };
    set("listen_addresses=");
    set("unix_socket_directories=" + socket.directory);
    set("unix_socket_permissions=0700");
    set("port=5432");
    set("hba_file=" + socket.hba_file);
    set("ssl=off");
    set("logging_collector=off");
    set("log_destination=stderr");
    set("shared_preload_libraries=" + place.preload);
    for (const auto& [name, value] : place.settings) {
        set(fmt::format("{}={}", name, value));
    }
    if (place.preload.find("citus") != std::string::npos) {
        for (const char* name : render::kMaintenanceSettings) {
            set(fmt::format("{}=-1", name));
        }
    }
    return arguments;
}

}  // namespace citus_init::private_server
