#include "citus_init/process/children.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/base/text.h"

namespace citus_init::process {

namespace {

// Field 4 of /proc/PID/stat, 0 when the process is gone. The second field is the program's name in
// parentheses and may hold anything, so the search starts behind the last ')'.
pid_t parent_of(const std::string& pid) {
    const Fd fd(::open(fmt::format("/proc/{}/stat", pid).c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 512> buffer{};
    const ssize_t count = fd ? ::read(fd.get(), buffer.data(), buffer.size() - 1) : -1;
    if (count <= 0) {
        return 0;
    }
    const char* name_end = ::strrchr(buffer.data(), ')');
    pid_t parent = 0;
    char state = 0;
    return name_end != nullptr && ::sscanf(name_end + 1, " %c %d", &state, &parent) == 2 ? parent
                                                                                         : 0;
}

}  // namespace

void Children::become_subreaper() {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

tl::expected<pid_t, SpawnFailure> Children::spawn(const Command& command, OnExit on_exit) {
    auto pid = process::spawn(command);
    if (pid) {
        started_.emplace(*pid, std::move(on_exit));
    }
    return pid;
}

void Children::reap() {
    for (;;) {
        siginfo_t info{};
        if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) {
            return;
        }
        const pid_t pid = info.si_pid;
        const ExitStatus status = info.si_code == CLD_EXITED ? ExitStatus::exited(info.si_status)
                                                             : ExitStatus::signaled(info.si_status);
        OnExit on_exit;
        if (auto node = started_.extract(pid); !node.empty()) {
            on_exit = std::move(node.mapped());
        }
        ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED);
        if (on_exit) {
            on_exit(status);
        }
    }
}

std::vector<pid_t> Children::orphans() const {
    std::vector<pid_t> found;
    const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
    if (!proc) {
        return found;
    }
    const pid_t self = ::getpid();
    while (const dirent* entry = ::readdir(proc.get())) {
        const auto pid = parse_integer(entry->d_name, 1, 1 << 30);
        if (pid && !started_.contains(static_cast<pid_t>(*pid)) &&
            parent_of(entry->d_name) == self) {
            found.push_back(static_cast<pid_t>(*pid));
        }
    }
    return found;
}

bool Children::any() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

}  // namespace citus_init::process
