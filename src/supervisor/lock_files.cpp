#include "supervisor/lock_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <thread>

#include <fmt/core.h>

#include "citus_init/base/path.h"
#include "citus_init/base/text.h"
#include "citus_init/postgres/stale_pid.h"
#include "citus_init/process/signals.h"
#include "citus_init/render/socket_directories.h"

namespace citus_init::supervisor {

ServerSocket configured_socket(const node::Node& node) {
    constexpr int kUsualPort = 5432;
    constexpr int kLargestPort = 65535;
    const auto port = parse_integer(node.stack->effective("port"), 1, kLargestPort);
    const auto directories = render::socket_directories(*node.stack);
    return {directories.empty() ? node.socket_directory : directories.front(),
            static_cast<int>(port.value_or(kUsualPort))};
}

Status check_socket_directories(const node::Node& node) {
    for (const auto& directory : render::socket_directories(*node.stack)) {
        // "@..." is no file, and what is in the data directory is not there before initdb.
        if (!directory.starts_with('/') || is_within(directory, node.data_directory) ||
            ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0) {
            continue;
        }
        return fail(
            ExitCode::permission,
            fmt::format("uid {} cannot make the server's socket in \"{}\": {}. Give the "
                        "directory to that user (--tmpfs {}:mode=1777), or set "
                        "CITUS_GUC_UNIX_SOCKET_DIRECTORIES.",
                        ::geteuid(), directory, std::generic_category().message(errno), directory));
    }
    return {};
}

bool remove_empty_lock_files(const node::Node& node) {
    const auto socket = configured_socket(node);
    return postgres::remove_empty_lock_files(node.data_directory, socket.directory, socket.port);
}

void wait_out_empty_lock_files(const node::Node& node) {
    constexpr int kAttempts = 25;
    constexpr std::chrono::milliseconds kPause{100};
    for (int attempt = 0;
         attempt < kAttempts && !process::stop_is_pending() && !remove_empty_lock_files(node);
         ++attempt) {
        std::this_thread::sleep_for(kPause);
    }
}

}  // namespace citus_init::supervisor
