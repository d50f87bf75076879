#include "upgrade/own_server.h"

#include "citus_init/base/filesystem.h"
#include "citus_init/node/configuration.h"
#include "citus_init/private_server/private_server.h"
#include "citus_init/private_server/socket_directory.h"

#include "upgrade/commands.h"
#include "upgrade/programs.h"

namespace citus_init::upgrade {

using private_server::ClusterPlace;
using private_server::PrivateServer;
using private_server::SocketDirectory;

Status with_own_server(node::Node& node,
                       const std::function<Status(const citus::ConnectionTarget&)>& action) {
    const RealFilesystem files;
    const auto libraries = node::effective_setting(node, "shared_preload_libraries");
    if (!libraries) {
        return fail(libraries.error());
    }
    const auto sockets = SocketDirectory::make(node.settings.supervisor.run_directory);
    if (!sockets) {
        return fail(sockets.error());
    }
    const ClusterPlace place{node.postgres_major, node.bin_directory, node.data_directory,
                             preloadable(files, node.bin_directory, *libraries),
                             carried_settings(*node.stack)};
    const auto socket = sockets->socket();
    auto running = PrivateServer::start(place, socket, socket.directory + "/server.log");
    if (!running) {
        return fail(running.error());
    }
    CITUS_INIT_TRY(action(private_server::target_of(socket, node.settings.postgres.user)));
    return running->stop();
}

}  // namespace citus_init::upgrade
