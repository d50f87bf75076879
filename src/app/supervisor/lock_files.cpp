#include "app/supervisor/lock_files.h"

#include <chrono>
#include <string>
#include <thread>

#include "citus_init/base/text.h"
#include "citus_init/postgres/stale_pid.h"

namespace citus_init::app {

ServerSocket configured_socket(const Node& node) {
    constexpr int kUsualPort = 5432;
    constexpr int kLargestPort = 65535;
    const auto port = parse_integer(node.stack->effective("port"), 1, kLargestPort);
    const auto directories = split(node.stack->effective("unix_socket_directories"), ',');
    const std::string directory(trim(directories.front()));
    return {directory.empty() ? node.socket_directory : directory,
            static_cast<int>(port.value_or(kUsualPort))};
}

bool remove_empty_lock_files(const Node& node) {
    const auto socket = configured_socket(node);
    return postgres::remove_empty_lock_files(node.data_directory, socket.directory, socket.port);
}

void wait_out_empty_lock_files(const Node& node) {
    constexpr int kAttempts = 25;
    constexpr std::chrono::milliseconds kPause{100};
    for (int attempt = 0; attempt < kAttempts && !remove_empty_lock_files(node); ++attempt) {
        std::this_thread::sleep_for(kPause);
    }
}

}  // namespace citus_init::app
