#include "supervisor/patroni/running_server.h"

#include "citus_init/base/filesystem.h"
#include "citus_init/postgres/postmaster_pid.h"
#include "citus_init/postgres/stale_pid.h"

namespace citus_init::supervisor {

std::optional<RunningServer> find_running_server(const std::string& data_directory) {
    const RealFilesystem files;
    const auto file = postgres::read_postmaster_pid(files, data_directory);
    // A single-user backend is Patroni's own child, and serves nobody.
    if (!file || file->standalone ||
        postgres::inspect_process(file->pid, data_directory) !=
            postgres::RecordedProcess::server_here) {
        return std::nullopt;
    }
    return RunningServer{file->pid, !files.exists(data_directory + "/standby.signal"), file->port,
                         file->socket_directory};
}

}  // namespace citus_init::supervisor
