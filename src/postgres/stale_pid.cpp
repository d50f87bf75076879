#include "citus_init/postgres/stale_pid.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/postgres/postmaster_pid.h"

namespace citus_init::postgres {

namespace {

std::string link_target(const std::string& path) {
    std::array<char, 4096> buffer{};
    const ssize_t length = ::readlink(path.c_str(), buffer.data(), buffer.size());
    return length > 0 ? std::string(buffer.data(), static_cast<std::size_t>(length))
                      : std::string();
}

bool is_postgres(std::string_view program) {
    constexpr std::string_view kDeleted = " (deleted)";  // the package was upgraded under it
    if (program.size() > kDeleted.size() &&
        program.substr(program.size() - kDeleted.size()) == kDeleted) {
        program.remove_suffix(kDeleted.size());
    }
    const auto name = program.substr(program.rfind('/') + 1);
    return name == "postgres" || name == "postmaster";
}

bool same_file(const std::string& left, const std::string& right) {
    struct stat left_info {};
    struct stat right_info {};
    return ::stat(left.c_str(), &left_info) == 0 && ::stat(right.c_str(), &right_info) == 0 &&
           left_info.st_dev == right_info.st_dev && left_info.st_ino == right_info.st_ino;
}

std::optional<RecordedPid> read_lock(const Filesystem& files, const std::string& path,
                                     const std::string& data_directory) {
    const auto text = files.read(path, read_limit::kRecord);
    const auto recorded = text ? parse_postmaster_pid(*text) : std::nullopt;
    if (!recorded) {
        return std::nullopt;
    }
    return RecordedPid{recorded->pid, inspect_process(recorded->pid, data_directory)};
}

bool is_empty_file(const std::string& path, struct stat& info) {
    return ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0;
}

}  // namespace

RecordedProcess inspect_process(pid_t pid, const std::string& data_directory) {
    if (::kill(pid, 0) != 0 && errno == ESRCH) {
        return RecordedProcess::gone;
    }
    if (::access("/proc/self/exe", F_OK) != 0) {
        return RecordedProcess::server_here;
    }
    const std::string process = fmt::format("/proc/{}", pid);
    return is_postgres(link_target(process + "/exe")) && same_file(process + "/cwd", data_directory)
               ? RecordedProcess::server_here
               : RecordedProcess::foreign;
}

std::optional<pid_t> choose_excused_pid(const std::optional<RecordedPid>& data_directory_lock,
                                        const std::optional<RecordedPid>& socket_lock) {
    for (const auto process : {RecordedProcess::foreign, RecordedProcess::gone}) {
        for (const auto& lock : {data_directory_lock, socket_lock}) {
            if (lock && lock->process == process) {
                return lock->pid;
            }
        }
    }
    return std::nullopt;
}

bool remove_empty_lock_files(const std::string& data_directory, const std::string& socket_directory,
                             int port) {
    constexpr std::time_t kOldEnough = 1;
    struct stat info {};
    const std::string own = data_directory + "/postmaster.pid";
    if (is_empty_file(own, info)) {
        ::unlink(own.c_str());
    }
    const std::string shared = fmt::format("{}/.s.PGSQL.{}.lock", socket_directory, port);
    if (!is_empty_file(shared, info)) {
        return true;
    }
    if (std::time(nullptr) - info.st_ctime <= kOldEnough) {
        return false;
    }
    ::unlink(shared.c_str());
    return true;
}

std::optional<pid_t> excused_pid(const Filesystem& files, const std::string& data_directory,
                                 const std::string& socket_directory, int port) {
    return choose_excused_pid(
        read_lock(files, data_directory + "/postmaster.pid", data_directory),
        read_lock(files, fmt::format("{}/.s.PGSQL.{}.lock", socket_directory, port),
                  data_directory));
}

}  // namespace citus_init::postgres
