#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace citus_init::supervisor {

// The postmaster that runs on a data directory, found by what it leaves there: Patroni does
// not report that it starts one.
struct RunningServer {
    pid_t pid = 0;
    bool primary = false;  // there is no standby.signal
    int port = 0;
    std::string socket_directory;
};

// None where none runs. Reads postmaster.pid and /proc; does not block.
std::optional<RunningServer> find_running_server(const std::string& data_directory);

}  // namespace citus_init::supervisor
