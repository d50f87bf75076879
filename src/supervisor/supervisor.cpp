#include "supervisor/supervisor.h"

#include <chrono>
#include <tuple>
#include <utility>
#include <variant>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/node/place.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/init_files.h"
#include "citus_init/postgres/postmaster_pid.h"

#include "supervisor/bootstrap.h"
#include "supervisor/phase.h"
#include "supervisor/policy.h"
#include "supervisor/signal_request.h"

namespace citus_init::supervisor {

namespace lifecycle = postgres::lifecycle;
using lifecycle::Step;
using lifecycle::Timer;

namespace {

constexpr const char* kAgentSilent =
    "the agent has not responded for half a minute (stopped or hanging): it is killed, and another "
    "one started";

// Promotion writes the status anew, after pg_control.
lifecycle::ServerStatus ready_status(const std::string& data_directory) {
    const RealFilesystem files;
    const auto control = postgres::read_control_file(files, data_directory);
    if (!control || control->state != postgres::ClusterState::in_archive_recovery) {
        return lifecycle::ServerStatus::ready;
    }
    return files.exists(data_directory + "/standby.signal")
               ? lifecycle::ServerStatus::standby_read_only
               : lifecycle::ServerStatus::recovery_read_only;
}

std::optional<lifecycle::ServerStatus> server_status(postgres::PostmasterStatus status,
                                                     const std::string& data_directory) {
    switch (status) {
        case postgres::PostmasterStatus::unknown:
            return std::nullopt;
        case postgres::PostmasterStatus::starting:
            return lifecycle::ServerStatus::starting;
        case postgres::PostmasterStatus::stopping:
            return lifecycle::ServerStatus::stopping;
        case postgres::PostmasterStatus::ready:
            return ready_status(data_directory);
        case postgres::PostmasterStatus::standby:
            return lifecycle::ServerStatus::standby;
    }
    return std::nullopt;
}

}  // namespace

Supervisor::Supervisor(node::Node& node)
    : node_(node),
      pump_(
          policy_of(node.settings), [this] { publish(); },
          [this](const lifecycle::Effect& effect) {
              std::visit([this](const auto& what) { carry_out(what); }, effect);
          }),
      server_log_(children_, node.program),
      publisher_(node.settings.supervisor.run_directory) {}

Result<std::unique_ptr<Supervisor>> Supervisor::create(node::Node& node) {
    std::unique_ptr<Supervisor> self(new Supervisor(node));
    CITUS_INIT_TRY(self->set_up());
    return self;
}

Status Supervisor::set_up() {
    process::Children::become_subreaper();
    CITUS_INIT_TRY(keep(loop_, process::EventLoop::create()));
    auto received = [this](int signal) { received_signal(signal); };
    CITUS_INIT_TRY(keep(not_ready_, NotReadyReporter::create(*loop_)));
    CITUS_INIT_TRY(keep(signals_, process::SignalSource::create(*loop_, received)));
    auto changed = [this] { postmaster_file_changed(); };
    CITUS_INIT_TRY(
        keep(postmaster_watch_, PostmasterWatch::create(*loop_, node_.data_directory, changed)));
    for (const Timer timer : {Timer::start_deadline, Timer::stop_deadline, Timer::restart_delay,
                              Timer::healthy, Timer::agent_restart, Timer::agent_deadline,
                              Timer::agent_silence, Timer::hold_deadline}) {
        CITUS_INIT_TRY(add_timer(timer));
    }
    return {};
}

Status Supervisor::add_timer(Timer timer) {
    auto expired = [this, timer] {
        if (timer == Timer::stop_deadline) {
            report_what_holds_up_the_stop();
        } else if (timer == Timer::agent_silence && pump_.state().agent_suspected) {
            log::warning("{}", kAgentSilent);
        } else if (timer == Timer::hold_deadline) {
            log::warning("the coordinator did not answer in time: stopping without it");
        }
        pump_.post(lifecycle::TimerExpired{timer});
    };
    return keep(timers_[timer], process::Timer::create(*loop_, expired));
}

int Supervisor::run() {
    pump_.post(lifecycle::Started{node_.plan});
    if (pump_.state().step != Step::finished) {
        loop_->run();
    }
    return exit_code_;
}

// --- Sources of events ---

void Supervisor::received_signal(int signal) {
    switch (request_of(signal)) {
        case SignalRequest::none:
            log::debug("ignored {}", signal_name(signal));
            return;
        case SignalRequest::reap:
            children_.reap();
            return check_orphans();
        case SignalRequest::stop_fast:
            stop_signal_ = signal;
            log::info("received {}: fast shutdown", signal_name(signal));
            return pump_.post(lifecycle::StopRequested{lifecycle::StopMode::fast});
        case SignalRequest::stop_at_once:
            stop_signal_ = signal;
            log::info("received {}: immediate shutdown", signal_name(signal));
            return pump_.post(lifecycle::StopRequested{lifecycle::StopMode::immediate});
        case SignalRequest::reload:
            return pump_.post(lifecycle::ReloadRequested{});
        case SignalRequest::report_state:
            log::info("state: {} ({})", health::phase_name(snapshot().phase),
                      lifecycle::step_name(pump_.state().step));
            return;
    }
}

void Supervisor::postmaster_file_changed() {
    const bool scripts = pump_.state().step == Step::init_scripts;
    if (scripts) {
        note_restart_options(node_);
    }
    const auto text =
        RealFilesystem().read(node_.data_directory + "/postmaster.pid", read_limit::kRecord);
    const auto file = text ? postgres::parse_postmaster_pid(*text) : std::nullopt;
    if (!file) {
        return;  // removed, or in the middle of being written
    }
    // A stale file names some other process; one that a script's `pg_ctl restart` made is ours,
    // too.
    const auto is = [&](Child child) {
        const auto found = pids_.find(child);
        return found != pids_.end() && found->second == file->pid;
    };
    if (!is(Child::server) && !is(Child::bootstrap_server) && !scripts) {
        return;
    }
    node_.server_port = file->port;
    node_.socket_directory = file->socket_directory;
    if (const auto status = server_status(file->status, node_.data_directory)) {
        pump_.post(lifecycle::ServerStatusChanged{*status});
    }
}

void Supervisor::child_exited(Child child, process::ExitStatus status) {
    pids_.erase(child);
    lifecycle::ChildExited event{child, status.shell_code(), false, status.text()};
    if (child == Child::server || child == Child::bootstrap_server) {
        event.shut_down_clean =
            postgres::was_cleanly_shut_down(RealFilesystem(), node_.data_directory);
        log::info("{} ended with {}, {}", lifecycle::child_name(child), status.text(),
                  event.shut_down_clean ? "shut down cleanly" : "not shut down cleanly");
        server_log_.close();
    }
    if (child == Child::agent || child == Child::preparation) {
        agent_link_->drain();
        agent_link_.reset();
    }
    if (child == Child::initdb && !status.success() && !pump_.state().stop_requested) {
        initdb_output_.print();
    }
    if (child == Child::initdb) {
        server_log_.close();
    }
    if (child == Child::initdb && status.success()) {
        if (Status adopted = adopt_initdb(node_); !adopted) {
            event.shell_code = static_cast<int>(adopted.error().code);
            event.why = adopted.error().message;
        }
    }
    if (child == Child::init_scripts && status.success() &&
        !postgres::init_files_completed(*node_.init_files)) {
        event.shell_code = static_cast<int>(ExitCode::config);
        event.why =
            "an `exit 0` in a file that was sourced, so the files after it did not run: use "
            "`return`, or make the file executable";
    }
    if (child == Child::init_scripts && event.shell_code != 0) {
        event.why +=
            postgres::where_init_files_failed(RealFilesystem(), postgres::kInitFilesDirectory,
                                              postgres::init_files_progress(*node_.init_files));
    }
    pump_.post(std::move(event));
}

// --- What the world is told ---

health::State Supervisor::snapshot() const {
    health::State state;
    state.node = node_.settings.citus.enable ? node_.node_name : "";
    state.role = node_.role_name();
    const auto server = pids_.find(Child::server);
    state.postmaster = server == pids_.end() ? 0 : server->second;
    state.restarts = pump_.state().total_restarts;
    state.since = pump_.since();
    state.data_directory = node_.data_directory;
    state.joined = joined_ && node_.place.is_open && !pump_.state().agent_silent;
    state.membership = pump_.state().agent_silent ? kAgentSilent : membership_;
    std::tie(state.phase, state.reason) =
        phase_of(pump_.state(), pump_.policy(), recovering_,
                 {opening_ ? "letting clients in" : node::why_closed(node_),
                  node_.place.is_refused || !node_.unfit.empty(),
                  waits_for_.empty() ? own_connection_ : waits_for_});
    return state;
}

void Supervisor::publish() {
    const auto state = snapshot();
    publisher_.publish(state);
    if (not_ready_) {
        not_ready_->observe(state);
    }
}

}  // namespace citus_init::supervisor
