#include "citus_init/private_server/private_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/postmaster_pid.h"
#include "citus_init/postgres/stale_pid.h"
#include "citus_init/private_server/run_program.h"

namespace citus_init::private_server {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLinesOfAnError = 15;
constexpr int kPort = 5432;  // of the socket's name

void wait_for_end(pid_t pid) {
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace

PrivateServer::PrivateServer(pid_t pid, std::string data_directory, std::string log_path)
    : pid_(pid), data_directory_(std::move(data_directory)), log_path_(std::move(log_path)) {}

PrivateServer::PrivateServer(PrivateServer&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      data_directory_(std::move(other.data_directory_)),
      log_path_(std::move(other.log_path_)) {}

PrivateServer::~PrivateServer() {
    if (pid_ != 0) {
        ::kill(pid_, SIGQUIT);
        wait_for_end(pid_);
    }
}

Result<PrivateServer> PrivateServer::start(const ClusterPlace& place, const PrivateSocket& socket,
                                           const std::string& log_path) {
    constexpr mode_t kOwnerOnly = 0600;
    const Fd log(::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
                        kOwnerOnly));
    if (!log) {
        return fail(errno_error(fmt::format("cannot open \"{}\"", log_path), errno));
    }
    static_cast<void>(
        postgres::remove_empty_lock_files(place.data_directory, socket.directory, kPort));
    auto command = logged_command(server_arguments(place, socket), log.get());
    // We have the lock of the directory: its postmaster.pid names no living server.
    if (const auto stale = postgres::excused_pid(RealFilesystem(), place.data_directory,
                                                 socket.directory, kPort)) {
        command.environment->push_back(fmt::format("PG_GRANDPARENT_PID={}", *stale));
    }
    const auto pid = process::spawn(command);
    if (!pid) {
        return fail(ExitCode::os, pid.error().message);
    }
    PrivateServer server(*pid, place.data_directory, log_path);
    CITUS_INIT_TRY(server.wait_until_ready(socket.directory));
    return server;
}

// The file of a server that was killed may name the same pid; not the same socket directory.
Status PrivateServer::wait_until_ready(const std::string& socket_directory) {
    constexpr std::chrono::milliseconds kBetweenProbes{20};
    constexpr std::chrono::seconds kBetweenMessages{30};
    auto message_due = Clock::now() + kBetweenMessages;
    for (;;) {
        if (::waitpid(pid_, nullptr, WNOHANG) == pid_) {
            pid_ = 0;
            return fail(ExitCode::data_directory,
                        fmt::format("the server of \"{}\" did not start:\n{}", data_directory_,
                                    last_lines(log_path_, kLinesOfAnError)));
        }
        const auto file = postgres::read_postmaster_pid(RealFilesystem(), data_directory_);
        if (file && file->pid == pid_ && file->socket_directory == socket_directory &&
            file->status == postgres::PostmasterStatus::ready) {
            return {};
        }
        if (Clock::now() >= message_due) {
            message_due += kBetweenMessages;
            log::info("waiting until the server of \"{}\" accepts connections", data_directory_);
        }
        std::this_thread::sleep_for(kBetweenProbes);
    }
}

Status PrivateServer::stop() {
    ::kill(pid_, SIGINT);
    wait_for_end(std::exchange(pid_, 0));
    if (postgres::was_cleanly_shut_down(RealFilesystem(), data_directory_)) {
        return {};
    }
    return fail(ExitCode::data_directory,
                fmt::format("the server of \"{}\" did not shut down cleanly:\n{}", data_directory_,
                            last_lines(log_path_, kLinesOfAnError)));
}

citus::ConnectionTarget target_of(const PrivateSocket& socket, const std::string& user) {
    citus::ConnectionTarget target;
    target.host = socket.directory;
    target.user = user;
    target.database = "template1";
    target.connect_timeout = std::chrono::seconds(30);
    target.statement_deadline = std::chrono::hours(24);
    return target;
}

}  // namespace citus_init::private_server
