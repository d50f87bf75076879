#include "citus_init/process/spawn.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/process/standard_descriptors.h"
#include "citus_init/process/terminal.h"

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

// Own children: nothing of ours is left to them.
void reset_signals() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) {
        ::sigaction(signal, &action, nullptr);  // EINVAL for SIGKILL, SIGSTOP and glibc's own
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void report_and_exit(int error_pipe, int reason) {
    [[maybe_unused]] const auto reported = ::write(error_pipe, &reason, sizeof reason);
    ::_exit(127);
}

// dup2(2) for each pair. A target may be the number of another pair's source or of the error pipe,
// so all of those move above every target first. Returns where the error pipe is now.
int place_descriptors(const std::vector<std::pair<int, int>>& descriptors, int error_pipe) {
    int above = STDERR_FILENO + 1;
    for (const auto& [ours, theirs] : descriptors) {
        above = std::max(above, theirs + 1);
    }
    if (!descriptors.empty()) {
        const int moved = ::fcntl(error_pipe, F_DUPFD_CLOEXEC, above);
        if (moved < 0) {
            report_and_exit(error_pipe, errno);
        }
        error_pipe = moved;
    }
    std::vector<std::pair<int, int>> copies;
    for (const auto& [ours, theirs] : descriptors) {
        copies.emplace_back(::fcntl(ours, F_DUPFD_CLOEXEC, above), theirs);
        if (copies.back().first < 0) {
            report_and_exit(error_pipe, errno);
        }
    }
    for (const auto& [copy, theirs] : copies) {
        if (::dup2(copy, theirs) < 0) {
            report_and_exit(error_pipe, errno);
        }
    }
    return error_pipe;
}

void die_with_parent(int signal, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, signal);
    if (::getppid() != parent) {
        ::kill(::getpid(), signal);  // it died before the prctl; delivered when the mask is lifted
    }
}

// Runs in the child. The process has one thread, so what a fork may do is not restricted.
[[noreturn]] void run_child(const Command& command, const Terminal* terminal, int error_pipe,
                            pid_t parent) {
    if (command.parent_death_signal != 0) {
        die_with_parent(command.parent_death_signal, parent);
    }
    if (command.own_process_group) {
        ::setpgid(0, 0);
    }
    if (terminal != nullptr) {
        terminal->give_to(::getpgrp());
    }
    if (!command.signals) {
        keep_standard_descriptors();
    }
    error_pipe = place_descriptors(command.descriptors, error_pipe);
    auto arguments = c_strings(command.arguments);
    const char* const file = command.file.empty() ? arguments[0] : command.file.c_str();
    if (command.environment) {
        auto environment = c_strings(*command.environment);
        command.signals ? restore_signals(*command.signals) : reset_signals();
        ::execvpe(file, arguments.data(), environment.data());
    } else {
        command.signals ? restore_signals(*command.signals) : reset_signals();
        ::execvp(file, arguments.data());
    }
    report_and_exit(error_pipe, errno);
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

std::vector<std::string> own_environment() {
    std::vector<std::string> environment;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        environment.emplace_back(*variable);
    }
    return environment;
}

int SpawnFailure::shell_code() const {
    if (!exec_failed) {
        return static_cast<int>(ExitCode::os);
    }
    return error_number == ENOENT || error_number == ENOTDIR ? 127 : 126;
}

tl::expected<pid_t, SpawnFailure> spawn(const Command& command) {
    if (command.arguments.empty()) {
        return tl::unexpected(SpawnFailure{false, EINVAL, "cannot run a command without name"});
    }
    const auto failure = [&](bool exec_failed, int reason) {
        return tl::unexpected(SpawnFailure{
            exec_failed, reason,
            fmt::format("cannot run \"{}\": {}",
                        command.file.empty() ? command.arguments.front() : command.file,
                        ::strerror(reason))});
    };
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return failure(false, errno);
    }
    Fd read_end(ends[0]);
    Fd write_end(ends[1]);
    std::optional<Terminal> terminal;
    if (command.take_terminal) {
        terminal.emplace();
    }
    // Only what is ours to give: started in the background, we leave the foreground alone.
    const Terminal* given =
        terminal && terminal->held_by(::getpgrp()) ? &terminal.value() : nullptr;
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) {
        return failure(false, errno);
    }
    if (pid == 0) {
        run_child(command, given, write_end.get(), parent);
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
