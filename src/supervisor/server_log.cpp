#include "supervisor/server_log.h"

#include <csignal>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/log.h"
#include "citus_init/base/pipe.h"
#include "citus_init/process/spawn.h"

#include "supervisor/programs.h"

namespace citus_init::supervisor {

namespace {

constexpr std::chrono::seconds kPause{1};

}  // namespace

Result<Fd> ServerLog::open(process::EventLoop& loop, RelayMode mode, int report_end) {
    auto timer = process::Timer::create(loop, [this] { start_again(); });
    if (!timer) {
        return fail(timer.error());
    }
    again_ = std::move(*timer);
    auto pipe = make_pipe();
    if (!pipe) {
        return fail(pipe.error());
    }
    reading_end_ = std::move(pipe->reading);
    mode_ = mode;
    report_end_ = report_end;
    CITUS_INIT_TRY(start_relay());
    return std::move(pipe->writing);
}

void ServerLog::continue_if_stopped() const {
    if (relay_ && children_.is_stopped(*relay_) && ::kill(*relay_, SIGCONT) == 0) {
        log::warning("the log relay was stopped by a signal: continued it");
    }
}

Status ServerLog::start_relay() {
    process::Command command;
    command.file = node_.program;
    command.arguments = {process::kOwnName, "relay-log", relay_mode_name(mode_),
                         node_.settings.citus.enable ? node_.node_name : "", node_.role_name()};
    command.environment.emplace();  // nothing else, so that it cannot leak anything
    if (node_.stack && !node_.stack->log_token.empty()) {
        command.environment->push_back(
            fmt::format("{}={}", kLogTokenVariable, node_.stack->log_token));
    }
    command.descriptors = {{reading_end_.get(), STDIN_FILENO}};
    add_log_feed(command, feed_.writing_end.get());
    if (report_end_ >= 0) {
        command.descriptors.emplace_back(report_end_, STDOUT_FILENO);
    }
    const int number = ++relays_;
    auto pid = children_.spawn(command, [this, number](process::ExitStatus status) {
        if (number != relays_) {
            return;  // that of the program before, with its last lines
        }
        relay_.reset();
        if (reading_end_ && !status.success()) {
            log::warning("the log relay ended with {}; starting another", status.text());
            const bool is_old = Clock::now() - started_ > kPause;
            again_->start(is_old ? std::chrono::seconds(0) : kPause);
        }
    });
    started_ = Clock::now();
    if (!pid) {
        return fail(ExitCode::os, pid.error().message);
    }
    relay_ = *pid;
    return {};
}

// Without one the server stands still as soon as the pipe is full.
void ServerLog::start_again() {
    if (!reading_end_ || relay_) {
        return;
    }
    if (Status started = start_relay(); !started) {
        log::error("{}; trying again", started.error().message);
        again_->start(kPause);
    }
}

}  // namespace citus_init::supervisor
