#include "citus_init/process/children.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/proc.h"

namespace citus_init::process {

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

bool Children::adopt(pid_t pid, OnExit on_exit) {
    const auto status = process_status(pid);
    return status && status->parent == ::getpid() &&
           started_.emplace(pid, std::move(on_exit)).second;
}

void Children::reap() {
    // Whoever makes orphans faster than we reap them shall not keep us from our signals: the rest
    // waits behind those that are pending, as SIGCHLD is taken after SIGTERM and all below it.
    constexpr int kMostAtOnce = 1000;
    const int news = WEXITED | WNOHANG | (watches_stops_ ? WSTOPPED | WCONTINUED : 0);
    for (int count = 0; count < kMostAtOnce; ++count) {
        siginfo_t info{};
        if (::waitid(P_ALL, 0, &info, news) != 0 || info.si_pid == 0) {
            return;
        }
        if (info.si_code == CLD_STOPPED) {
            stopped_.insert(info.si_pid);
            continue;
        }
        stopped_.erase(info.si_pid);
        if (info.si_code == CLD_CONTINUED || info.si_code == CLD_TRAPPED) {
            continue;
        }
        auto child = started_.extract(info.si_pid);
        if (!child.empty() && child.mapped()) {
            child.mapped()(info.si_code == CLD_EXITED ? ExitStatus::exited(info.si_status)
                                                      : ExitStatus::signaled(info.si_status));
        }
    }
    ::kill(::getpid(), SIGCHLD);
}

std::vector<pid_t> Children::orphans() const {
    std::vector<pid_t> found;
    if (!any()) {
        return found;  // without reading every process of the machine
    }
    const pid_t self = ::getpid();
    for (const pid_t pid : process_ids()) {
        if (const auto status = process_status(pid);
            status && status->parent == self && !started_.contains(pid)) {
            found.push_back(pid);
        }
    }
    return found;
}

bool Children::can_list_orphans() {
    return proc_is_ours();
}

bool Children::any() {
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

}  // namespace citus_init::process
