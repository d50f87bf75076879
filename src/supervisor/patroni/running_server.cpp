#include "supervisor/patroni/running_server.h"

#include "citus_init/base/filesystem.h"
#include "citus_init/postgres/postmaster_pid.h"
#include "citus_init/postgres/stale_pid.h"

namespace citus_init::supervisor {

std::optional<RunningServer> find_running_server(const std::string& data_directory) {
    const RealFilesystem files;
    const auto text = files.read(data_directory + "/postmaster.pid", read_limit::kRecord);
    const auto file = text ? postgres::parse_postmaster_pid(*text) : std::nullopt;
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
