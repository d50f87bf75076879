#include "supervisor/supervisor.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "citus_init/base/clock.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/node/configuration.h"
#include "citus_init/postgres/stop_record.h"
#include "citus_init/process/orphans.h"

#include "supervisor/console.h"
#include "supervisor/signal_request.h"

namespace citus_init::supervisor {

namespace {

// The processes that every machine starts, signals to them, and timers.
template <typename Machine>
bool is_awaited(const typename Machine::Effect& effect) {
    using Child = typename Machine::Child;
    using Timer = typename Machine::Timer;
    return std::holds_alternative<lifecycle::Spawn<Child>>(effect) ||
           std::holds_alternative<lifecycle::SendSignal<Child>>(effect) ||
           std::holds_alternative<lifecycle::StartTimer<Timer>>(effect) ||
           std::holds_alternative<lifecycle::CancelTimer<Timer>>(effect) ||
           std::holds_alternative<lifecycle::EndOrphans>(effect);
}

}  // namespace

template <typename Machine>
Supervisor<Machine>::Supervisor(node::Node& node, Policy policy)
    : node_(node),
      pump_(
          std::move(policy), [this] { publish(); },
          [this](const Effect& effect) { execute_effect(effect); }, is_awaited<Machine>),
      server_log_(children_, node, log_feed_),
      publisher_(node.settings.supervisor.run_directory) {}

template <typename Machine>
Status Supervisor<Machine>::set_up() {
    process::Children::become_subreaper();
    children_.watch_stops();
    CITUS_INIT_TRY(keep(loop_, process::EventLoop::create()));
    auto received = [this](int signal) { received_signal(signal); };
    CITUS_INIT_TRY(keep(not_ready_, NotReadyReporter::create(*loop_)));
    CITUS_INIT_TRY(keep(signals_, process::SignalSource::create(*loop_, received)));
    CITUS_INIT_TRY(keep(http_, HttpProcess::create(*loop_, children_, node_, log_feed_)));
    for (const Timer timer : Machine::kTimers) {
        CITUS_INIT_TRY(add_timer(timer));
    }
    return {};
}

template <typename Machine>
Status Supervisor<Machine>::add_timer(Timer timer) {
    auto expired = [this, timer] {
        observe();
        if (timer == Timer::stop_deadline) {
            report_what_holds_up_the_stop();
        }
        post(lifecycle::TimerExpired<Timer>{timer});
    };
    return keep(timers_[timer], process::Timer::create(*loop_, expired));
}

template <typename Machine>
int Supervisor<Machine>::run() {
    warn_of_cut_off_stop();
    http_->start();
    begin();  // which publishes its first step
    if (state().step != Step::finished) {
        loop_->run();
    }
    postgres::forget_stop(node_.data_directory);
    return exit_code_;
}

template <typename Machine>
void Supervisor<Machine>::warn_of_cut_off_stop() const {
    if (const auto began = postgres::take_cut_off_stop(node_.data_directory)) {
        log::warning(
            "the last stop, at {}, was cut off before the server had shut down, so the server has "
            "to recover. Give the container longer to stop than CITUS_STOP_TIMEOUT ({} s): "
            "stop_grace_period, --stop-timeout or terminationGracePeriodSeconds",
            *began,
            std::chrono::ceil<std::chrono::seconds>(node_.settings.supervisor.stop_timeout)
                .count());
    }
}

// --- Signals ---

template <typename Machine>
void Supervisor<Machine>::received_signal(int signal) {
    switch (request_of(signal)) {
        case SignalRequest::none:
            log::debug("ignored {}", signal_name(signal));
            return;
        case SignalRequest::reap:
            children_.reap();
            server_log_.continue_if_stopped();
            observe();
            return check_orphans();
        case SignalRequest::stop_fast:
            return request_stop(signal, lifecycle::StopMode::fast);
        case SignalRequest::stop_at_once:
            return request_stop(signal, lifecycle::StopMode::immediate);
        case SignalRequest::reload:
            return post(lifecycle::ReloadRequested{});
        case SignalRequest::report_state:
            log::info("state: {} ({})", status::phase_name(snapshot().phase),
                      step_name(state().step));
            return;
    }
}

template <typename Machine>
void Supervisor<Machine>::request_stop(int signal, lifecycle::StopMode mode) {
    stop_signal_ = signal;
    children_.reap();  // SIGTERM is taken before a SIGCHLD that came first: what has been stopped?
    observe();
    log_stop_request(signal, mode);
    post(lifecycle::StopRequested{mode});
    postgres::note_stop(node_.data_directory);
}

template <typename Machine>
void Supervisor<Machine>::log_stop_request(int signal, lifecycle::StopMode mode) {
    log::info("received {}: {} shutdown", signal_name(signal),
              mode == lifecycle::StopMode::fast ? "fast" : "immediate");
}

// --- Children ---

template <typename Machine>
void Supervisor<Machine>::execute(const lifecycle::Spawn<Child>& effect) {
    const auto pid = start(effect.child);
    if (!pid) {
        return post(lifecycle::SpawnFailed<Child>{effect.child, pid.error().message,
                                                  static_cast<int>(pid.error().code)});
    }
    pids_[effect.child] = *pid;
    if (agent_link_) {
        agent_link_->close_child_end();
    }
    child_started(effect.child, *pid);
}

template <typename Machine>
Result<pid_t> Supervisor<Machine>::start(Child child) {
    if (reports(child)) {
        auto take = [this](const std::string& line) { take_agent_report(line); };
        CITUS_INIT_TRY(keep(agent_link_, AgentLink::create(*loop_, take)));
    }
    auto program = prepare(child, reports(child) ? agent_link_->child_end() : -1);
    if (!program) {
        return fail(program.error());
    }
    const auto pid = children_.spawn(program->command, [this, child](process::ExitStatus status) {
        take_child_end(child, status);
    });
    if (!pid) {
        return fail(ExitCode::os, pid.error().message);
    }
    return *pid;
}

// Its last reports come before its end.
template <typename Machine>
void Supervisor<Machine>::take_child_end(Child child, process::ExitStatus status) {
    pids_.erase(child);
    const auto& agent = state().agent;
    const bool is_restarted = !agent.reloading && !agent.stopping && !status.success();
    if (child == Child::agent && is_restarted) {
        ++agent_restarts_;
    }
    if (reports(child) && agent_link_) {
        agent_link_->drain();
        agent_link_.reset();
    }
    child_ended(child, status);
}

template <typename Machine>
pid_t Supervisor<Machine>::pid_of(Child child) const {
    const auto found = pids_.find(child);
    return found == pids_.end() ? 0 : found->second;
}

template <typename Machine>
bool Supervisor<Machine>::adopt(Child child, pid_t pid) {
    const bool is_ours = children_.adopt(
        pid, [this, child](process::ExitStatus status) { take_child_end(child, status); });
    if (is_ours) {
        pids_[child] = pid;
    }
    return is_ours;
}

template <typename Machine>
void Supervisor<Machine>::kill_children() {
    for (const auto& [child, pid] : pids_) {
        ::kill(pid, SIGKILL);
    }
    for (const pid_t pid : children_.orphans()) {
        ::kill(pid, SIGKILL);
    }
}

template <typename Machine>
void Supervisor<Machine>::execute(const lifecycle::SendSignal<Child>& effect) {
    if (const pid_t pid = pid_of(effect.child); pid != 0) {
        signal_process(pid, effect.signal);
    }
}

template <typename Machine>
void Supervisor<Machine>::signal_process(pid_t pid, Signal signal) const {
    ::kill(pid, static_cast<int>(signal));
    const bool asks_to_end =
        signal == Signal::terminate || signal == Signal::interrupt || signal == Signal::quit;
    if (asks_to_end && children_.is_stopped(pid)) {
        ::kill(pid, SIGCONT);
    }
}

// --- What ended processes left behind ---

template <typename Machine>
void Supervisor<Machine>::execute(const lifecycle::EndOrphans& effect) {
    waiting_for_orphans_ = true;
    kill_orphans_ = effect.kill;
    check_orphans();
}

template <typename Machine>
bool Supervisor<Machine>::kill_leftovers() {
    return !process::kill_orphans(children_, node_.data_directory).empty();
}

// The logger ignores SIGTERM and ends with the last line that it was sent.
template <typename Machine>
bool Supervisor<Machine>::terminate_orphans() {
    const auto orphans = children_.orphans();
    for (const pid_t pid : orphans) {
        ::kill(pid, SIGTERM);
    }
    return !orphans.empty();
}

template <typename Machine>
void Supervisor<Machine>::check_orphans() {
    if (!waiting_for_orphans_) {
        return;
    }
    const bool any = kill_orphans_ ? kill_leftovers() : terminate_orphans();
    // With the server gone, the relay has only the rest of its log to write.
    if (!any && !(state().ending && server_log_.draining())) {
        waiting_for_orphans_ = false;
        post(lifecycle::OrphansGone{});
    }
}

// --- The agent's reports ---

template <typename Machine>
void Supervisor<Machine>::take_agent_report(const std::string& line) {
    const auto report = status::parse_report(line);
    if (!report) {
        log::debug("unknown report of the agent: {}", line);
        return;
    }
    observe();
    if (const auto* membership = std::get_if<status::Membership>(&*report)) {
        membership_ = *membership;
        membership_reported(membership_);
        return reported();
    }
    if (const auto* peers = std::get_if<status::PeersReport>(&*report)) {
        if (node::take_peer_addresses(node_, peers->addresses)) {
            log::debug("nodes connect from {}", join(peers->addresses, ","));
            peers_changed();
        }
        return reported();
    }
    if (const auto* certificate = std::get_if<status::CertificateReport>(&*report)) {
        // An agent may have renewed it and not have lived to report that.
        const auto known = std::exchange(certificate_ends_, certificate->ends);
        if (certificate->is_new || (known != 0 && known != certificate->ends)) {
            certificate_renewed();
        }
        return reported();
    }
    if (const auto* warning = std::get_if<status::Warning>(&*report)) {
        log::warning("{}", warning->text);
        return reported();
    }
    if (const auto* fatal = std::get_if<status::Fatal>(&*report)) {
        return post(lifecycle::AgentFatal{fatal->code, fatal->text});
    }
    take_report(*report);
}

template <typename Machine>
void Supervisor<Machine>::reported() {
    post(lifecycle::AgentReported{});
}

// --- Timers, messages, the end ---

template <typename Machine>
void Supervisor<Machine>::execute(const lifecycle::StartTimer<Timer>& effect) {
    timers_.at(effect.timer)->start(effect.delay);
}

template <typename Machine>
void Supervisor<Machine>::execute(const lifecycle::CancelTimer<Timer>& effect) {
    timers_.at(effect.timer)->cancel();
}

template <typename Machine>
void Supervisor<Machine>::execute(const lifecycle::Warn& effect) {
    log::warning("{}", effect.text);
}

template <typename Machine>
void Supervisor<Machine>::execute(const lifecycle::Finish& effect) {
    exit_code_ = effect.code;
    report_end(effect.code, effect.why);
    loop_->stop();
}

// --- The published state ---

template <typename Machine>
status::NodeStatus Supervisor<Machine>::snapshot() const {
    status::NodeStatus published;
    published.role = node_.role_name();
    published.data_directory = node_.data_directory;
    published.configuration = node_.fingerprint;
    published.agent_restarts = agent_restarts_;
    published.http_restarts = http_->restarts();
    published.steps = steps_;
    published.certificate_ends = certificate_ends_;
    published.membership = membership_;
    if (state().agent.silent) {
        published.membership = {false, {status::ConditionKind::agent_silent}};
        published.membership.condition.number = policy().agent.longest_silence().count() / 1000;
    }
    describe(published);
    return published;
}

template <typename Machine>
void Supervisor<Machine>::note_step() {
    if (state().step == last_step_) {
        return;
    }
    const auto now = std::chrono::steady_clock::now();
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now - step_began_);
    const std::string left = step_name(std::exchange(last_step_, state().step));
    step_began_ = now;
    const auto known = std::find_if(steps_.begin(), steps_.end(),
                                    [&](const auto& step) { return step.step == left; });
    if (known == steps_.end()) {
        steps_.push_back({left, took});
    } else {
        known->took = took;
    }
}

template <typename Machine>
void Supervisor<Machine>::publish() {
    note_step();
    auto published = snapshot();
    if (std::exchange(published_phase_, published.phase) != published.phase) {
        published_since_ = utc_now();
    }
    published.since = published_since_;
    publisher_.publish(published);
    if (not_ready_) {
        not_ready_->observe(published);
    }
}

template class Supervisor<postgres::lifecycle::Machine>;
template class Supervisor<patroni::lifecycle::Machine>;

}  // namespace citus_init::supervisor
