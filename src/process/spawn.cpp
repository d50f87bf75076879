#include "citus_init/process/spawn.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/process/standard_descriptors.h"
#include "citus_init/process/terminal.h"

namespace citus_init::process {

namespace {

// What the child works with, made before it: until its exec it has our memory, and its own stack
// only.
struct Start {
    const Command& command;
    const Terminal* terminal;  // null: it stays where it is
    int error_pipe;
    pid_t parent;
    const char* file;
    std::vector<char*> arguments;
    char** environment;
    std::vector<int> copies;  // one for each pair of descriptors, while they are placed
};

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
// so all of those move above every target first.
void place_descriptors(Start& start) {
    const auto& descriptors = start.command.descriptors;
    int above = STDERR_FILENO + 1;
    for (const auto& [ours, theirs] : descriptors) {
        above = std::max(above, theirs + 1);
    }
    if (!descriptors.empty()) {
        const int moved = ::fcntl(start.error_pipe, F_DUPFD_CLOEXEC, above);
        if (moved < 0) {
            report_and_exit(start.error_pipe, errno);
        }
        start.error_pipe = moved;
    }
    for (std::size_t i = 0; i < descriptors.size(); ++i) {
        start.copies[i] = ::fcntl(descriptors[i].first, F_DUPFD_CLOEXEC, above);
        if (start.copies[i] < 0) {
            report_and_exit(start.error_pipe, errno);
        }
    }
    for (std::size_t i = 0; i < descriptors.size(); ++i) {
        if (::dup2(start.copies[i], descriptors[i].second) < 0) {
            report_and_exit(start.error_pipe, errno);
        }
    }
}

void die_with_parent(int signal, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, signal);
    if (::getppid() != parent) {
        ::kill(::getpid(), signal);  // it died before the prctl; delivered when the mask is lifted
    }
}

// Runs in the child, which must not allocate: what it took would be ours for ever.
int run_child(void* data) {
    Start& start = *static_cast<Start*>(data);
    const Command& command = start.command;
    if (command.parent_death_signal != 0) {
        die_with_parent(command.parent_death_signal, start.parent);
    }
    if (command.own_process_group) {
        ::setpgid(0, 0);
    }
    if (start.terminal != nullptr) {
        start.terminal->give_to(::getpgrp());
    }
    if (!command.signals) {
        keep_standard_descriptors();
    }
    place_descriptors(start);
    command.signals ? restore_signals(*command.signals) : reset_signals();
    ::execvpe(start.file, start.arguments.data(), start.environment);
    report_and_exit(start.error_pipe, errno);
}

// Of a child that has our memory. Its pages come into being when they are used.
class Stack {
  public:
    // execvp(3) puts a path on it, and for a script without "#!" the arguments once more.
    explicit Stack(const Start& start)
        : size_(kLeast + (start.arguments.size() * sizeof(char*) + kLeast - 1) / kLeast * kLeast),
          low_(::mmap(nullptr, size_, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {}
    Stack(const Stack&) = delete;
    Stack& operator=(const Stack&) = delete;
    ~Stack() {
        if (*this) {
            ::munmap(low_, size_);
        }
    }

    explicit operator bool() const { return low_ != MAP_FAILED; }
    void* top() const { return static_cast<char*>(low_) + size_; }

  private:
    static constexpr std::size_t kLeast = std::size_t{64} * 1024;

    std::size_t size_;
    void* low_;
};

// The thread sanitizer takes the child for a forked one, and would note that in our memory, too.
#ifdef __SANITIZE_THREAD__
constexpr int kCloneFlags = CLONE_VFORK | SIGCHLD;
#else
constexpr int kCloneFlags = CLONE_VM | CLONE_VFORK | SIGCHLD;
#endif

// As vfork(2): our thread waits until the child has called exec or has ended, and nothing of ours
// is copied for it. Signals are blocked meanwhile, since the child would handle them in our memory.
// -1 and errno where it fails.
pid_t clone_child(Start& start) {
    const Stack stack(start);
    if (!stack) {
        return -1;
    }
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t pid = ::clone(run_child, stack.top(), kCloneFlags, &start);
    const int reason = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = reason;
    return pid;
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
    auto environment = command.environment ? c_strings(*command.environment) : std::vector<char*>();
    Start start{command,
                given,
                write_end.get(),
                ::getpid(),
                command.file.empty() ? command.arguments.front().c_str() : command.file.c_str(),
                c_strings(command.arguments),
                command.environment ? environment.data() : environ,
                std::vector<int>(command.descriptors.size())};
    const pid_t pid = clone_child(start);
    if (pid < 0) {
        return failure(false, errno);
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
