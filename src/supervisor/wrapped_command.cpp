#include "citus_init/supervisor/wrapped_command.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/error.h"
#include "citus_init/base/log.h"
#include "citus_init/process/children.h"
#include "citus_init/process/terminal.h"

namespace citus_init::supervisor {

namespace {

using process::Children;
using process::Terminal;
using std::chrono::steady_clock;

constexpr auto kGraceForLeftovers = std::chrono::seconds(3);

bool is_init() {
    return ::getpid() == 1;
}

// Whoever sends one of these wants an end, which a stopped process cannot come to. PWR is LXC's and
// RTMIN+3 systemd's signal for it.
bool asks_to_end(int signal) {
    return signal == SIGHUP || signal == SIGINT || signal == SIGQUIT || signal == SIGTERM ||
           signal == SIGPWR || signal == SIGRTMIN + 3;
}

bool is_job_control_stop(int signal) {
    return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

// Takes the default action of a stop signal, to the whole job when the terminal stopped it: what ^Z
// would have done to our group, had we not put the command into a group of its own. The kernel
// drops the signal where nobody could continue us (an orphaned process group). Returns when
// continued.
void stop_as(int signal, bool whole_job) {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    struct sigaction previous {};
    ::sigaction(signal, &standard, &previous);
    ::kill(whole_job ? 0 : ::getpid(), signal);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signal);
    ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
    ::sigprocmask(SIG_BLOCK, &only, nullptr);
    ::sigaction(signal, &previous, nullptr);
}

class WrappedCommand {
  public:
    // What runs already belongs to whoever exec'ed us: `sleep 9 & exec citus-init ...`.
    WrappedCommand() : inherited_(Children::any() ? children_.orphans() : std::vector<pid_t>()) {}

    // `hint`: what to say of a program that is not found.
    int run(process::Command command, const std::string& hint);

  private:
    void observe();
    void follow_stop(int signal);
    void forward(int signal) const;
    void resume() const;
    void end_leftovers();
    std::vector<pid_t> leftovers() const;

    Children children_;
    const std::vector<pid_t> inherited_;
    pid_t pid_ = 0;
    std::optional<process::ExitStatus> ended_;
    int stopped_by_ = 0;  // the signal; 0: running
};

int WrappedCommand::run(process::Command command, const std::string& hint) {
    command.parent_death_signal = is_init() ? 0 : SIGTERM;
    command.take_terminal = true;
    const auto pid =
        children_.spawn(command, [this](process::ExitStatus status) { ended_ = status; });
    if (!pid) {
        constexpr int kNotFound = 127;
        const int code = pid.error().shell_code();
        log::error("{}{}", pid.error().message, code == kNotFound ? hint : "");
        return code;
    }
    pid_ = *pid;
    // The command has our working directory now; we need not keep its file system from being
    // unmounted.
    [[maybe_unused]] const int moved = ::chdir("/");
    while (!ended_) {
        const auto signal = process::wait_for_signal();
        // Reap before forwarding: TERM is taken before an older CHLD, whose news decides where it
        // goes.
        observe();
        if (!ended_ && signal && *signal != SIGCHLD) {
            forward(*signal);
        }
    }
    if (const Terminal terminal; terminal.held_by(pid_)) {
        terminal.give_to(::getpgrp());
    }
    end_leftovers();
    return ended_->shell_code();
}

void WrappedCommand::observe() {
    children_.reap();
    siginfo_t info{};
    while (!ended_ &&
           ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WCONTINUED | WNOHANG) == 0 &&
           info.si_pid == pid_) {
        stopped_by_ = info.si_code == CLD_STOPPED ? info.si_status : 0;
        if (is_job_control_stop(stopped_by_) && !is_init()) {
            follow_stop(stopped_by_);
        }
    }
}

void WrappedCommand::follow_stop(int signal) {
    const Terminal terminal;
    if (signal != SIGTSTP && terminal.held_by(::getpgrp())) {
        // It wants the terminal, and the shell's fg gave that to us.
        resume();
    } else {
        stop_as(signal, terminal.held_by(pid_));
    }
}

void WrappedCommand::forward(int signal) const {
    if (signal == SIGCONT && is_job_control_stop(stopped_by_)) {
        resume();
        return;
    }
    // EPERM: a set-user-ID command. Nothing that should end us, or anybody needs to hear of.
    ::kill(pid_, signal);
    if (stopped_by_ != 0 && asks_to_end(signal)) {
        ::kill(pid_, SIGCONT);
    }
}

// The terminal stops a whole group, so all of it is continued.
void WrappedCommand::resume() const {
    if (const Terminal terminal; terminal.held_by(::getpgrp())) {
        terminal.give_to(pid_);
    }
    if (::kill(-pid_, SIGCONT) != 0) {
        ::kill(pid_, SIGCONT);
    }
}

// Loggers end by themselves when their pipe does, the others are asked to. What is left after the
// deadline dies with PID 1, or goes to the next reaper above us.
void WrappedCommand::end_leftovers() {
    const auto deadline = steady_clock::now() + kGraceForLeftovers;
    const bool blind = is_init() && !Children::can_list_orphans();
    std::set<pid_t> asked;
    if (blind && Children::any()) {
        ::kill(-1, SIGTERM);
    }
    for (;;) {
        children_.reap();
        const std::vector<pid_t> left = leftovers();
        if (blind ? !Children::any() : left.empty()) {
            return;
        }
        for (const pid_t pid : left) {
            if (asked.insert(pid).second) {
                ::kill(pid, SIGTERM);
                ::kill(pid, SIGCONT);
            }
        }
        const auto remaining = deadline - steady_clock::now();
        if (remaining <= std::chrono::nanoseconds::zero()) {
            return;
        }
        process::wait_for_signal(remaining);
    }
}

std::vector<pid_t> WrappedCommand::leftovers() const {
    if (!Children::any()) {
        return {};
    }
    std::vector<pid_t> left = children_.orphans();
    std::erase_if(left, [this](pid_t pid) {
        return !is_init() &&
               std::find(inherited_.begin(), inherited_.end(), pid) != inherited_.end();
    });
    return left;
}

}  // namespace

int run_wrapped_command(const std::vector<std::string>& arguments,
                        const process::InheritedSignals& inherited, const std::string& hint,
                        const std::optional<std::vector<std::string>>& environment) {
    if (arguments.empty()) {
        log::error("no command was given");
        return static_cast<int>(ExitCode::usage);
    }
    Children::become_subreaper();
    process::Command command;
    command.arguments = arguments;
    command.environment = environment;
    command.signals = inherited;
    return WrappedCommand().run(std::move(command), hint);
}

}  // namespace citus_init::supervisor
