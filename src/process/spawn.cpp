#include "citus_init/process/spawn.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/core.h>

#include "citus_init/base/fd.h"

namespace citus_init::process {

namespace {

std::vector<char*> c_strings(const std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    pointers.reserve(strings.size() + 1);
    for (const auto& string : strings) {
        pointers.push_back(const_cast<char*>(string.c_str()));  // exec(3) does not write to them
    }
    pointers.push_back(nullptr);
    return pointers;
}

// The terminal of our session, when our process group is the one in its foreground.
Fd foreground_terminal() {
    Fd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    if (terminal && ::tcgetpgrp(terminal.get()) != ::getpgrp()) {
        terminal.reset();
    }
    return terminal;
}

void restore_signals(const std::optional<InheritedSignals>& signals) {
    struct sigaction action {};
    if (signals) {
        if (signals->child_ignored) {
            action.sa_handler = SIG_IGN;
            ::sigaction(SIGCHLD, &action, nullptr);
        }
        ::sigprocmask(SIG_SETMASK, &signals->mask, nullptr);
        return;
    }
    action.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) {
        ::sigaction(signal, &action, nullptr);  // EINVAL for SIGKILL and the C library's own
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Runs in the child. The process has one thread, so what a fork may do is not restricted.
[[noreturn]] void run_child(const Command& command, const Fd& terminal, const Fd& error_pipe,
                            pid_t parent) {
    if (command.parent_death_signal != 0) {
        ::prctl(PR_SET_PDEATHSIG, command.parent_death_signal);
        if (::getppid() != parent) {
            ::raise(command.parent_death_signal);  // it died before the prctl
        }
    }
    if (command.own_process_group) {
        ::setpgid(0, 0);
    }
    if (terminal) {
        ::tcsetpgrp(terminal.get(), ::getpgrp());  // SIGTTOU is still blocked here
    }
    for (const auto& [ours, theirs] : command.descriptors) {
        if (ours == theirs) {
            ::fcntl(ours, F_SETFD, 0);
        } else {
            ::dup2(ours, theirs);
        }
    }
    auto arguments = c_strings(command.arguments);
    restore_signals(command.signals);
    if (command.environment) {
        auto environment = c_strings(*command.environment);
        ::execvpe(arguments[0], arguments.data(), environment.data());
    } else {
        ::execvp(arguments[0], arguments.data());
    }
    const int reason = errno;
    [[maybe_unused]] const auto told = ::write(error_pipe.get(), &reason, sizeof reason);
    ::_exit(127);
}

int exec_errno(const Fd& read_end) {
    int reason = 0;
    ssize_t count = 0;
    do {
        count = ::read(read_end.get(), &reason, sizeof reason);
    } while (count < 0 && errno == EINTR);
    return count == sizeof reason ? reason : 0;
}

}  // namespace

int SpawnFailure::shell_code() const {
    if (!exec_failed) {
        return static_cast<int>(ExitCode::os);
    }
    return error_number == ENOENT || error_number == ENOTDIR ? 127 : 126;
}

tl::expected<pid_t, SpawnFailure> spawn(const Command& command) {
    const auto failure = [&](bool exec_failed, int reason) {
        return tl::unexpected(SpawnFailure{
            exec_failed, reason,
            fmt::format("cannot run \"{}\": {}", command.arguments.at(0), ::strerror(reason))});
    };
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return failure(false, errno);
    }
    Fd read_end(ends[0]);
    Fd write_end(ends[1]);
    const Fd terminal = command.take_terminal ? foreground_terminal() : Fd();
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) {
        return failure(false, errno);
    }
    if (pid == 0) {
        run_child(command, terminal, write_end, parent);
    }
    if (command.own_process_group) {
        ::setpgid(pid, pid);  // both sides do it, so that neither has to wait; EACCES after exec
    }
    write_end.reset();
    if (const int reason = exec_errno(read_end); reason != 0) {
        ::waitpid(pid, nullptr, 0);
        return failure(true, reason);
    }
    return pid;
}

}  // namespace citus_init::process
