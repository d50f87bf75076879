#include <csignal>
#include <utility>
#include <variant>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/node/configuration.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/postmaster_pid.h"
#include "citus_init/render/own_files.h"

#include "supervisor/console.h"
#include "supervisor/lock_files.h"
#include "supervisor/reload.h"
#include "supervisor/standalone/bootstrap.h"
#include "supervisor/standalone/node_programs.h"
#include "supervisor/standalone/node_supervisor.h"

namespace citus_init::supervisor {

namespace lifecycle = postgres::lifecycle;

void NodeSupervisor::execute_effect(const Effect& effect) {
    std::visit([this](const auto& what) { execute(what); }, effect);
}

// --- Children ---

bool NodeSupervisor::reports(Child child) const {
    return child == Child::agent || child == Child::preparation;
}

Result<Program> NodeSupervisor::prepare(Child child, int report_end) {
    if (child == Child::server || child == Child::bootstrap_server) {
        CITUS_INIT_TRY(prepare_server());
    }
    auto log_end = open_log(child);
    if (!log_end) {
        return fail(log_end.error());
    }
    auto program = node_program(child, node_, report_end, *log_end ? log_end->get() : -1);
    if (program) {
        program->log_end = std::move(*log_end);
    }
    return program;
}

// None where the child writes to ours.
Result<Fd> NodeSupervisor::open_log(Child child) {
    if (child == Child::initdb) {
        return logs_everything() ? server_log().open(RelayMode::initdb) : initdb_output_.open();
    }
    const bool is_server = child == Child::server || child == Child::bootstrap_server;
    const auto mode = is_server ? relay_mode(child == Child::bootstrap_server) : std::nullopt;
    return mode ? server_log().open(*mode) : Fd();
}

// What has to be there before a server starts.
Status NodeSupervisor::prepare_server() {
    waits_for_ = {};
    recovery_.reset();
    own_connection_ = {};
    node_.hba_is_ours = false;
    CITUS_INIT_TRY(node::write_configuration(node_));
    node_.hba_is_ours = RealFilesystem().exists(render::own_files(node_.settings).pg_hba_conf);
    static_cast<void>(remove_empty_lock_files(node_));  // one too young costs one more restart
    const auto control = postgres::read_control_file(RealFilesystem(), node_.data_directory);
    recovering_ = control && !postgres::is_cleanly_shut_down(*control);
    return {};
}

bool NodeSupervisor::logs_everything() const {
    return node_.settings.supervisor.log_level <= log::Level::debug;
}

std::optional<RelayMode> NodeSupervisor::relay_mode(bool bootstrap) const {
    const bool all = logs_everything();
    if (node_.settings.supervisor.log_format == log::Format::json) {
        const auto mode = all ? RelayMode::bootstrap_json_all : RelayMode::bootstrap_json;
        return bootstrap ? mode : RelayMode::json;
    }
    const auto mode = all ? RelayMode::bootstrap_all : RelayMode::bootstrap;
    return bootstrap ? std::optional(mode) : std::nullopt;
}

void NodeSupervisor::execute(const lifecycle::SendSignal& effect) {
    if (effect.child == Child::bootstrap_server && pid_of(effect.child) == 0) {
        adopt_bootstrap_server();
    }
    if (effect.child == Child::server) {
        postmaster_watch_->end();
    }
    if (effect.child != Child::init_scripts) {
        return Supervisor::execute(effect);
    }
    if (const pid_t pid = pid_of(effect.child); pid != 0) {
        ::kill(-pid, static_cast<int>(effect.signal));
    }
}

// An init script may have restarted the server with pg_ctl, which leaves us a postmaster that we
// did not start, or stopped it for good.
void NodeSupervisor::adopt_bootstrap_server() {
    const auto file = postgres::read_postmaster_pid(RealFilesystem(), node_.data_directory);
    if (!file || !adopt(Child::bootstrap_server, file->pid)) {
        child_ended(Child::bootstrap_server, process::ExitStatus::exited(0));
    }
}

void NodeSupervisor::execute(const lifecycle::HoldTraffic& /*unused*/) {
    if (agent_link() != nullptr) {
        agent_link()->hold_traffic();
    }
}

// --- The bootstrap ---

void NodeSupervisor::bootstrap_failed(const Error& error) {
    bootstrap_failure_ = error;
    post(lifecycle::BootstrapFailed{static_cast<int>(error.code), error.message});
}

void NodeSupervisor::execute(const lifecycle::AdvanceBootstrap& effect) {
    if (Status noted = note_bootstrap_phase(node_, effect.step); !noted) {
        bootstrap_failed(noted.error());
    }
}

void NodeSupervisor::execute(const lifecycle::CompleteBootstrap& /*unused*/) {
    if (Status completed = complete_bootstrap(node_); !completed) {
        return bootstrap_failed(completed.error());
    }
    report_bootstrap_complete();
}

void NodeSupervisor::execute(const lifecycle::DiscardBootstrap& /*unused*/) {
    if (Status discarded = discard_bootstrap(node_); !discarded) {
        log::error("{}. \"{}\" is incomplete: move it away before the next start.",
                   discarded.error().message, node_.data_directory);
        bootstrap_failure_ = discarded.error();
    } else {
        log::info("removed what the bootstrap had made in \"{}\"", node_.data_directory);
    }
}

// --- Settings, readiness, the end ---

void NodeSupervisor::execute(const lifecycle::ReloadSettings& /*unused*/) {
    log::info("received SIGHUP: reloading");
    reload_settings(
        node_, [](const settings::Settings& /*unused*/) { return Status(); },
        [this]() -> Status {
            CITUS_INIT_TRY(node::check_configuration(node_));
            return node::write_configuration(node_);
        });
    Supervisor::execute(lifecycle::SendSignal{Child::server, Signal::hangup});
    if (agent_link() != nullptr) {
        agent_link()->request_reload();
    }
}

void NodeSupervisor::execute(const lifecycle::AnnounceReady& /*unused*/) {
    note_good_start(node_);
    ready_unannounced_ = true;
    announce_if_open();
}

// What fails in the machine's last step comes too late for it.
void NodeSupervisor::execute(const lifecycle::Finish& effect) {
    const bool failed = effect.code == 0 && bootstrap_failure_;
    Supervisor::execute(failed ? lifecycle::Finish{static_cast<int>(bootstrap_failure_->code),
                                                   bootstrap_failure_->message}
                               : effect);
}

}  // namespace citus_init::supervisor
