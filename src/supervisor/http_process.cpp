#include "supervisor/http_process.h"

#include <csignal>
#include <utility>
#include <variant>

#include "citus_init/base/log.h"
#include "citus_init/lifecycle/agent.h"
#include "citus_init/lifecycle/backoff.h"
#include "citus_init/status/report.h"

#include "supervisor/programs.h"

namespace citus_init::supervisor {

using std::chrono::steady_clock;

namespace {

// As the agent is supervised.
constexpr lifecycle::AgentPolicy kPolicy{.restart_delay = std::chrono::milliseconds(500)};

}  // namespace

Result<std::unique_ptr<HttpProcess>> HttpProcess::create(process::EventLoop& loop,
                                                         process::Children& children,
                                                         const node::Node& node, log::Feed& feed) {
    std::unique_ptr<HttpProcess> self(new HttpProcess(loop, children, node, feed));
    CITUS_INIT_TRY(keep(
        self->timer_, process::Timer::create(loop, [raw = self.get()] { raw->timer_expired(); })));
    return self;
}

void HttpProcess::start() {
    if (pid_ || !node_.settings.http.listen) {
        return;
    }
    is_suspected_ = false;
    is_unwanted_ = false;
    started_ = steady_clock::now();
    settings_ = node_.settings.http;
    const auto pid = spawn();
    if (!pid) {
        log::warning("the listener of CITUS_HTTP_LISTEN cannot be started: {}",
                     pid.error().message);
        return start_later();
    }
    pid_ = *pid;
    timer_->start(kPolicy.silence);
}

Result<pid_t> HttpProcess::spawn() {
    auto take = [this](const std::string& line) { take_line(line); };
    CITUS_INIT_TRY(keep(link_, AgentLink::create(loop_, take)));
    auto program = own_program(node_, {"http"});
    if (!program) {
        return fail(program.error());
    }
    add_report_end(*program, link_->child_end());
    if (!feed_.reading_end) {
        CITUS_INIT_TRY(keep(feed_, log::make_feed()));
        log::copy_to_feed(feed_.writing_end.get());
    }
    add_log_feed(program->command, feed_.reading_end.get());
    // Where we are not PID 1 of a namespace, nothing else would end it.
    program->command.parent_death_signal = SIGKILL;
    const auto pid =
        children_.spawn(program->command, [this](process::ExitStatus status) { ended(status); });
    link_->close_child_end();
    if (!pid) {
        return fail(ExitCode::os, pid.error().message);
    }
    return *pid;
}

void HttpProcess::reload() {
    if (settings_ == node_.settings.http) {
        return;
    }
    failures_ = 0;
    if (!pid_) {
        timer_->cancel();
        return start();
    }
    is_unwanted_ = true;
    ::kill(*pid_, SIGTERM);
}

void HttpProcess::take_line(const std::string& line) {
    const auto report = status::parse_report(line);
    if (!report) {
        return;
    }
    if (const auto* warning = std::get_if<status::Warning>(&*report)) {
        log::warning("{}", warning->text);
    }
    is_suspected_ = false;
    if (pid_) {
        timer_->start(kPolicy.silence);
    }
}

void HttpProcess::timer_expired() {
    if (!pid_) {
        return start();
    }
    if (!std::exchange(is_suspected_, true)) {
        return timer_->start(kPolicy.last_chance);
    }
    log::warning(
        "the listener of CITUS_HTTP_LISTEN has not responded for {} s (stopped or hanging): it is "
        "killed, and another one started",
        kPolicy.longest_silence().count() / 1000);
    ::kill(*pid_, SIGKILL);
}

void HttpProcess::ended(process::ExitStatus status) {
    pid_.reset();
    link_.reset();
    timer_->cancel();
    if (std::exchange(is_unwanted_, false)) {
        return start();
    }
    ++restarts_;
    if (steady_clock::now() - started_ >= kPolicy.healthy_after) {
        failures_ = 0;
    }
    log::warning("the listener of CITUS_HTTP_LISTEN ended with {}: another one is started",
                 status.text());
    start_later();
}

void HttpProcess::start_later() {
    timer_->start(lifecycle::backoff(kPolicy.restart_delay, failures_++));
}

}  // namespace citus_init::supervisor
