#include "supervisor/patroni/member_supervisor.h"

#include <chrono>
#include <tuple>
#include <utility>
#include <variant>

#include "citus_init/base/clock.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/patroni/exit_diagnosis.h"
#include "citus_init/postgres/control_file.h"

#include "supervisor/patroni/member_directories.h"
#include "supervisor/patroni/member_phase.h"
#include "supervisor/signal_request.h"

namespace citus_init::supervisor {

namespace lifecycle = patroni::lifecycle;
using lifecycle::Step;
using lifecycle::Timer;

MemberSupervisor::MemberSupervisor(Member& member)
    : member_(member),
      pump_(
          policy_of_member(member.node.settings, member.version), [this] { publish(); },
          [this](const lifecycle::Effect& effect) {
              std::visit([this](const auto& what) { carry_out(what); }, effect);
          }),
      publisher_(member.node.settings.supervisor.run_directory),
      server_log_(children_, member.node.program) {}

Result<std::unique_ptr<MemberSupervisor>> MemberSupervisor::create(Member& member) {
    std::unique_ptr<MemberSupervisor> self(new MemberSupervisor(member));
    CITUS_INIT_TRY(self->set_up());
    return self;
}

Status MemberSupervisor::set_up() {
    process::Children::become_subreaper();
    CITUS_INIT_TRY(keep(loop_, process::EventLoop::create()));
    auto received = [this](int signal) { received_signal(signal); };
    CITUS_INIT_TRY(keep(not_ready_, NotReadyReporter::create(*loop_)));
    CITUS_INIT_TRY(keep(signals_, process::SignalSource::create(*loop_, received)));
    for (const Timer timer : {Timer::stop_stage, Timer::restart_delay, Timer::server_deadline,
                              Timer::agent_restart, Timer::agent_silence}) {
        CITUS_INIT_TRY(add_timer(timer));
    }
    auto inspect = [this] { inspect_server(); };
    CITUS_INIT_TRY(
        keep(probe_timer_, process::Timer::create(*loop_, inspect, process::TimerClock::boot)));
    auto words = [this] { report_exit_diagnosis(); };
    CITUS_INIT_TRY(keep(diagnosis_timer_, process::Timer::create(*loop_, words)));
    return open_log();
}

Status MemberSupervisor::add_timer(Timer timer) {
    auto expired = [this, timer] {
        inspect_server();
        if (timer == Timer::stop_stage) {
            report_what_holds_up_the_stop();
        }
        pump_.post(lifecycle::TimerExpired{timer});
    };
    return keep(timers_[timer], process::Timer::create(*loop_, expired));
}

int MemberSupervisor::run() {
    last_wake_ = boot_time();
    loop_->on_wake([this] { woke(); });
    pump_.post(lifecycle::Started{member_.plan});
    inspect_server();
    if (pump_.state().step != Step::finished) {
        loop_->run();
    }
    return exit_code_;
}

// --- Sources of events ---

// It wakes up once a second (inspect_server()): a longer gap means that all of this container stood
// still. Patroni, which goes on at the same instant, may take the leader key back (3.0.2), so
// nothing comes before the two signals.
void MemberSupervisor::woke() {
    const auto now = boot_time();
    const auto gap =
        std::chrono::duration_cast<lifecycle::Milliseconds>(now - std::exchange(last_wake_, now));
    if (gap <= pump_.policy().patience) {
        return;
    }
    if (lifecycle::must_end_after(pump_.state(), gap, pump_.policy())) {
        kill_patroni_and_server();
    }
    inspect_server();
    pump_.post(lifecycle::StoodStill{gap});
}

void MemberSupervisor::received_signal(int signal) {
    switch (request_of(signal)) {
        case SignalRequest::none:
            log::debug("ignored {}", signal_name(signal));
            return;
        case SignalRequest::reap:
            children_.reap();
            inspect_server();
            return check_orphans();
        case SignalRequest::stop_fast:
            log::info("received {}: Patroni is told to stop", signal_name(signal));
            inspect_server();
            warn_of_stop_without_handover();
            return pump_.post(lifecycle::StopRequested{lifecycle::StopMode::fast});
        case SignalRequest::stop_at_once:
            log::info("received {}: immediate shutdown", signal_name(signal));
            inspect_server();
            warn_of_stop_without_handover();
            return pump_.post(lifecycle::StopRequested{lifecycle::StopMode::immediate});
        case SignalRequest::reload:
            return pump_.post(lifecycle::ReloadRequested{});
        case SignalRequest::report_state:
            log::info("state: {} ({})", health::phase_name(snapshot().phase),
                      lifecycle::step_name(pump_.state().step));
            return;
    }
}

void MemberSupervisor::warn_of_stop_without_handover() const {
    if (primary_ && !handover_trouble_.empty() && pump_.state().step != Step::stopping) {
        log::warning(
            "nobody takes the lead of group {} over: {}. The group has no leader until this member "
            "is back; `citus-init health --scope group --wait` before a stop waits for a replica "
            "that can",
            member_.node.settings.patroni->group, handover_trouble_);
    }
}

void MemberSupervisor::child_exited(Child child, process::ExitStatus status) {
    pids_.erase(child);
    if (child == Child::agent) {
        agent_link_->drain();
        agent_link_.reset();
    }
    inspect_server();
    if (child == Child::patroni) {
        notice_unseen_server();
    }
    pump_.post(lifecycle::ChildExited{child, status.shell_code(), status.text()});
}

// Patroni may have started another server after the one that did not shut down cleanly, and have
// stopped it, all between two probes.
void MemberSupervisor::notice_unseen_server() {
    const auto& state = pump_.state();
    if (server_ != 0 || !state.server_has_ended || state.server_ended.clean) {
        return;
    }
    if (postgres::was_cleanly_shut_down(RealFilesystem(), member_.node.data_directory)) {
        pump_.post(lifecycle::PostmasterGone{0, true});
    }
}

// Patroni tells nobody when it starts a postmaster, and its end is told to its parent alone.
void MemberSupervisor::inspect_server() {
    constexpr std::chrono::seconds kPause{1};
    probe_timer_->start(kPause);
    const auto seen = find_running_server(member_.node.data_directory);
    if (server_ != 0 && !adopted_ && (!seen || seen->pid != server_)) {
        server_ended(1);
    }
    if (seen) {
        take_server(*seen);
    }
}

void MemberSupervisor::take_server(const RunningServer& seen) {
    if (server_ != 0 && server_ != seen.pid) {
        return;  // the end of the one before is about to be told
    }
    const bool is_new = server_ == 0;
    server_ = seen.pid;
    if (!adopted_) {
        // Its starter may not have ended yet, and then it has not come to us.
        adopted_ = children_.adopt(
            server_, [this](process::ExitStatus status) { server_ended(status.shell_code()); });
    }
    member_.node.server_port = seen.port != 0 ? seen.port : member_.node.server_port;
    if (!seen.socket_directory.empty()) {
        member_.node.socket_directory = seen.socket_directory;
    }
    if (is_new) {
        log::debug("postmaster {} runs", server_);
        if (Status noted = note_identity(member_); !noted) {
            log::warning("{}", noted.error().message);
        }
    }
    if (is_new || primary_ != seen.primary) {
        primary_ = seen.primary;
        pump_.post(lifecycle::PostmasterSeen{primary_});
    }
}

void MemberSupervisor::server_ended(int shell_code) {
    server_ = 0;
    adopted_ = false;
    const bool clean =
        postgres::was_cleanly_shut_down(RealFilesystem(), member_.node.data_directory);
    log::info("the server has ended, {}", clean ? "shut down cleanly" : "not shut down cleanly");
    pump_.post(lifecycle::PostmasterGone{shell_code, clean});
}

void MemberSupervisor::patroni_failed(const std::string& text) {
    const bool is_the_end = text.find("Failed to bootstrap cluster") != std::string::npos;
    bootstrap_failed_ = bootstrap_failed_ || is_the_end;
    // Why it failed was said before.
    if (!is_the_end || last_failure_.empty()) {
        last_failure_ = text;
    }
}

void MemberSupervisor::report_exit_diagnosis() {
    inspect_server();
    const bool incomplete =
        started_empty_ && bootstrap_failed_ && server_ == 0 && has_cluster(member_);
    if (incomplete) {
        if (Status marked = mark_as_incomplete(member_, last_failure_); !marked) {
            log::error("{}", marked.error().message);
        }
    }
    pump_.post(
        lifecycle::ExitDiagnosis{patroni::complaint_of(last_failure_), last_failure_, incomplete});
}

// --- What the world is told ---

health::State MemberSupervisor::snapshot() const {
    health::State state;
    state.node = member_.host;
    state.role = member_.node.role_name();
    state.postmaster = server_;
    state.restarts = pump_.state().restarts;
    state.since = pump_.since();
    state.data_directory = member_.node.data_directory;
    state.joined = joined_;
    state.membership = membership_;
    std::tie(state.phase, state.reason) = phase_of_member(pump_.state());
    return state;
}

void MemberSupervisor::publish() {
    const auto state = snapshot();
    publisher_.publish(state);
    if (not_ready_) {
        not_ready_->observe(state);
    }
}

}  // namespace citus_init::supervisor
