#include <csignal>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/node/configuration.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/postmaster_pid.h"
#include "citus_init/process/orphans.h"
#include "citus_init/render/own_files.h"

#include "supervisor/bootstrap.h"
#include "supervisor/console.h"
#include "supervisor/lock_files.h"
#include "supervisor/programs.h"
#include "supervisor/reload.h"
#include "supervisor/supervisor.h"

namespace citus_init::supervisor {

namespace lifecycle = postgres::lifecycle;

void Supervisor::carry_out(const lifecycle::Spawn& effect) {
    const Child child = effect.child;
    const auto pid = start(child);
    if (!pid) {
        pump_.post(lifecycle::SpawnFailed{child, pid.error().message});
        return;
    }
    pids_[child] = *pid;
    if (agent_link_) {
        agent_link_->close_child_end();
    }
}

Result<pid_t> Supervisor::start(Child child) {
    Fd log_end;
    CITUS_INIT_TRY(make_ready_for(child, log_end));
    auto program = program_for(child, node_, agent_link_ ? agent_link_->child_end() : -1,
                               log_end ? log_end.get() : -1);
    if (!program) {
        return fail(program.error());
    }
    const auto pid = children_.spawn(program->command, [this, child](process::ExitStatus status) {
        child_exited(child, status);
    });
    if (!pid) {
        return fail(ExitCode::os, pid.error().message);
    }
    return *pid;
}

// What has to be there before a child starts.
Status Supervisor::make_ready_for(Child child, Fd& log_end) {
    switch (child) {
        case Child::server:
        case Child::bootstrap_server:
            return make_ready_for_server(child, log_end);
        case Child::initdb:
            return keep(log_end, logs_everything() ? server_log_.open(RelayMode::initdb)
                                                   : initdb_output_.open());
        case Child::agent:
        case Child::preparation: {
            auto said = [this](const std::string& line) { take_agent_report(line); };
            return keep(agent_link_, AgentLink::create(*loop_, said));
        }
        case Child::certificate:
        case Child::validation:
        case Child::init_scripts:
            return {};
    }
    return {};
}

Status Supervisor::make_ready_for_server(Child child, Fd& log_end) {
    waits_for_.clear();
    own_connection_.clear();
    node_.hba_is_ours = false;
    CITUS_INIT_TRY(node::write_configuration(node_));
    node_.hba_is_ours = RealFilesystem().exists(render::own_files(node_.settings).pg_hba_conf);
    static_cast<void>(remove_empty_lock_files(node_));  // one too young costs one more restart
    const auto control = postgres::read_control_file(RealFilesystem(), node_.data_directory);
    recovering_ = control && !postgres::is_cleanly_shut_down(*control);
    const auto mode = relay_mode(child == Child::bootstrap_server);
    return mode ? keep(log_end, server_log_.open(*mode)) : Status();
}

bool Supervisor::logs_everything() const {
    return node_.settings.supervisor.log_level <= log::Level::debug;
}

std::optional<RelayMode> Supervisor::relay_mode(bool bootstrap) const {
    const bool all = logs_everything();
    if (node_.settings.supervisor.log_format == log::Format::json) {
        const auto mode = all ? RelayMode::bootstrap_json_all : RelayMode::bootstrap_json;
        return bootstrap ? mode : RelayMode::json;
    }
    const auto mode = all ? RelayMode::bootstrap_all : RelayMode::bootstrap;
    return bootstrap ? std::optional(mode) : std::nullopt;
}

void Supervisor::carry_out(const lifecycle::SendSignal& effect) {
    if (effect.child == Child::bootstrap_server && !pids_.contains(effect.child)) {
        adopt_bootstrap_server();
    }
    const auto found = pids_.find(effect.child);
    if (found == pids_.end()) {
        return;
    }
    if (effect.child == Child::server) {
        postmaster_watch_->end();
    }
    const bool group = effect.child == Child::init_scripts;
    ::kill(group ? -found->second : found->second, static_cast<int>(effect.signal));
}

// An init script may have restarted the server with pg_ctl, which leaves us a postmaster that we
// did not start, or stopped it for good.
void Supervisor::adopt_bootstrap_server() {
    const auto text =
        RealFilesystem().read(node_.data_directory + "/postmaster.pid", read_limit::kRecord);
    const auto file = text ? postgres::parse_postmaster_pid(*text) : std::nullopt;
    const auto exited = [this](process::ExitStatus status) {
        child_exited(Child::bootstrap_server, status);
    };
    if (file && children_.adopt(file->pid, exited)) {
        pids_[Child::bootstrap_server] = file->pid;
    } else {
        exited(process::ExitStatus::exited(0));
    }
}

void Supervisor::carry_out(const lifecycle::StartTimer& effect) {
    timers_.at(effect.timer)->start(effect.delay);
}

void Supervisor::carry_out(const lifecycle::CancelTimer& effect) {
    timers_.at(effect.timer)->cancel();
}

void Supervisor::carry_out(const lifecycle::HoldTraffic& /*unused*/) {
    if (agent_link_) {
        agent_link_->hold_traffic();
    }
}

void Supervisor::carry_out(const lifecycle::EndOrphans& effect) {
    waiting_for_orphans_ = true;
    kill_orphans_ = effect.kill;
    check_orphans();
}

void Supervisor::check_orphans() {
    if (!waiting_for_orphans_) {
        return;
    }
    bool any = false;
    if (kill_orphans_) {
        any = !process::kill_orphans(children_, node_.data_directory).empty();
    } else {
        // The logger ignores SIGTERM and ends with the last line that it was sent.
        for (const pid_t pid : children_.orphans()) {
            any = true;
            ::kill(pid, SIGTERM);
        }
    }
    // With the server gone, the relay has only the rest of its log to write.
    if (!any && !(pump_.state().ending && server_log_.draining())) {
        waiting_for_orphans_ = false;
        pump_.post(lifecycle::OrphansGone{});
    }
}

void Supervisor::bootstrap_failed(const Error& error) {
    bootstrap_failure_ = error;
    pump_.post(lifecycle::BootstrapFailed{static_cast<int>(error.code), error.message});
}

void Supervisor::carry_out(const lifecycle::AdvanceBootstrap& effect) {
    if (Status noted = note_bootstrap_phase(node_, effect.step); !noted) {
        bootstrap_failed(noted.error());
    }
}

void Supervisor::carry_out(const lifecycle::CompleteBootstrap& /*unused*/) {
    if (Status completed = complete_bootstrap(node_); !completed) {
        return bootstrap_failed(completed.error());
    }
    report_bootstrap_complete();
}

void Supervisor::carry_out(const lifecycle::DiscardBootstrap& /*unused*/) {
    if (Status discarded = discard_bootstrap(node_); !discarded) {
        log::error("{}. \"{}\" is half-made: move it away before the next start.",
                   discarded.error().message, node_.data_directory);
        bootstrap_failure_ = discarded.error();
    } else {
        log::info("removed what the bootstrap had made in \"{}\"", node_.data_directory);
    }
}

void Supervisor::carry_out(const lifecycle::ReloadSettings& /*unused*/) {
    log::info("received SIGHUP: reloading");
    reload(node_);
    if (const auto server = pids_.find(Child::server); server != pids_.end()) {
        ::kill(server->second, SIGHUP);
    }
    if (agent_link_) {
        agent_link_->request_reload();
    }
}

void Supervisor::carry_out(const lifecycle::AnnounceReady& /*unused*/) {
    note_good_start(node_);
    ready_unannounced_ = true;
    announce_if_open();
}

// What fails in the machine's last step comes too late for it.
void Supervisor::carry_out(const lifecycle::Finish& effect) {
    const bool failed = effect.code == 0 && bootstrap_failure_;
    exit_code_ = failed ? static_cast<int>(bootstrap_failure_->code) : effect.code;
    report_end(exit_code_, failed ? bootstrap_failure_->message : effect.why);
    loop_->stop();
}

}  // namespace citus_init::supervisor
