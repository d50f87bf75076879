#include "supervisor/standalone/node_supervisor.h"

#include <csignal>
#include <tuple>
#include <utility>
#include <variant>

#include <fmt/core.h>

#include "citus_init/base/clock.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/version.h"
#include "citus_init/node/archiving.h"
#include "citus_init/node/configuration.h"
#include "citus_init/node/place.h"
#include "citus_init/node/restoring.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/init_files.h"
#include "citus_init/postgres/postmaster_pid.h"
#include "citus_init/postgres/restore_record.h"
#include "citus_init/process/process_table.h"
#include "citus_init/render/own_files.h"
#include "citus_init/status/report.h"

#include "supervisor/console.h"
#include "supervisor/lock_files.h"
#include "supervisor/reload.h"
#include "supervisor/standalone/bootstrap.h"
#include "supervisor/standalone/node_phase.h"
#include "supervisor/standalone/node_programs.h"

namespace citus_init::supervisor {

namespace lifecycle = postgres::lifecycle;

namespace {

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

NodeSupervisor::NodeSupervisor(node::Node& node)
    : Supervisor(node, policy_of_node(node.settings)),
      node_(node),
      script_log_(children(), node, log_feed()) {}

Result<std::unique_ptr<NodeSupervisor>> NodeSupervisor::create(node::Node& node) {
    std::unique_ptr<NodeSupervisor> self(new NodeSupervisor(node));
    CITUS_INIT_TRY(self->set_up());
    return self;
}

Status NodeSupervisor::set_up() {
    CITUS_INIT_TRY(Supervisor::set_up());
    auto changed = [this] { postmaster_file_changed(); };
    return keep(postmaster_watch_, PostmasterWatch::create(loop(), node_.data_directory, changed));
}

void NodeSupervisor::begin() {
    post(lifecycle::Started{node_.plan});
}

void NodeSupervisor::observe() {
    script_log_.continue_if_stopped();
    const pid_t server = pid_of(Child::server);
    const pid_t stopped = children().is_stopped(server) ? server : 0;
    if (std::exchange(stopped_server_, stopped) != stopped) {
        publish();
    }
}

void NodeSupervisor::postmaster_file_changed() {
    const bool scripts = state().step == Step::init_scripts;
    if (scripts) {
        note_restart_options(node_);
    }
    const auto file = postgres::read_postmaster_pid(RealFilesystem(), node_.data_directory);
    if (!file) {
        return;  // removed, or in the middle of being written
    }
    // A stale file names some other process; one that a script's `pg_ctl restart` made is ours,
    // too.
    if (file->pid != pid_of(Child::server) && file->pid != pid_of(Child::bootstrap_server) &&
        !scripts) {
        return;
    }
    node_.server_port = file->port;
    node_.socket_directory = file->socket_directory;
    if (const auto status = server_status(file->status, node_.data_directory)) {
        post(lifecycle::ServerStatusChanged{*status});
    }
}

void NodeSupervisor::child_ended(Child child, process::ExitStatus status) {
    lifecycle::ChildExited event{child, status.shell_code(), false, status.text()};
    if (child == Child::server || child == Child::bootstrap_server) {
        event.shut_down_clean =
            postgres::was_cleanly_shut_down(RealFilesystem(), node_.data_directory);
        log::info("{} ended with {}, {}", lifecycle::child_name(child), status.text(),
                  event.shut_down_clean ? "shut down cleanly" : "not shut down cleanly");
        server_log().close();
    }
    if (child == Child::initdb && !status.success() && !state().stop_requested) {
        if (const std::string reason = initdb_output_.print(); !reason.empty()) {
            event.why += ": " + reason;
        }
    }
    if (child == Child::initdb) {
        server_log().close();
    }
    if (child == Child::init_scripts) {
        script_log_.close();
    }
    if (child == Child::initdb && status.success()) {
        take_new_cluster(node_, event);
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
    post(std::move(event));
}

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
        return logs_everything() ? server_log().open(loop(), RelayMode::initdb)
                                 : initdb_output_.open();
    }
    if (child == Child::init_scripts) {
        return logs_as_json() ? script_log_.open(loop(), RelayMode::scripts_json) : Fd();
    }
    const bool is_server = child == Child::server || child == Child::bootstrap_server;
    const auto mode = is_server ? relay_mode(child == Child::bootstrap_server) : std::nullopt;
    return mode ? server_log().open(loop(), *mode) : Fd();
}

// What has to be there before a server starts.
Status NodeSupervisor::prepare_server() {
    waits_for_ = {};
    recovery_.reset();
    archiving_.reset();
    backup_.reset();
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

bool NodeSupervisor::logs_as_json() const {
    return node_.settings.supervisor.log_format == log::Format::json;
}

std::optional<RelayMode> NodeSupervisor::relay_mode(bool bootstrap) const {
    const bool all = logs_everything();
    if (logs_as_json()) {
        const auto mode = all ? RelayMode::bootstrap_json_all : RelayMode::bootstrap_json;
        return bootstrap ? mode : RelayMode::json;
    }
    if (bootstrap) {
        return all ? RelayMode::bootstrap_all : RelayMode::bootstrap;
    }
    // Without a listener the server writes to our stderr itself.
    return node_.settings.http.listen ? std::optional(RelayMode::text) : std::nullopt;
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
    if (Status advanced = advance_bootstrap(node_, effect.step); !advanced) {
        bootstrap_failed(advanced.error());
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
    if (node_.hand_over != node::HandOver::none) {
        return log::warning(
            "received SIGHUP: nothing is read again while this node is restored. Send it once more "
            "when Patroni runs");
    }
    log::info("received SIGHUP: reloading");
    reload_settings(node_, [this]() -> Status {
        CITUS_INIT_TRY(node::check_configuration(node_));
        return node::write_configuration(node_);
    });
    reload_http();
    hang_up_server();
    if (agent_link() != nullptr) {
        agent_link()->request_reload();
    }
}

void NodeSupervisor::execute(const lifecycle::AnnounceReady& /*unused*/) {
    note_good_start(node_);
    if (node_.restore && node_.restore->lacks_files()) {
        // The order came while a server that had crashed was started again.
        return post(lifecycle::AgentFatal{0, "the server stops, to be restored"});
    }
    if (node_.restore && !node_.restore->waits_for_cluster()) {
        complete_restore();
    }
    ready_unannounced_ = true;
    announce_if_ready();
}

// What fails in the machine's last step comes too late for it.
void NodeSupervisor::execute(const lifecycle::Finish& effect) {
    const bool failed = effect.code == 0 && bootstrap_failure_;
    Supervisor::execute(failed ? lifecycle::Finish{static_cast<int>(bootstrap_failure_->code),
                                                   bootstrap_failure_->message}
                               : effect);
}

// --- The agent's reports ---

void NodeSupervisor::take_report(const status::Report& report) {
    std::visit([this](const auto& what) { take(what); }, report);
}

void NodeSupervisor::take(const status::Alive& report) {
    passes_ = report.passes;
    reported();
}

void NodeSupervisor::take(const status::Prepared& /*report*/) {
    post(lifecycle::AgentPrepared{});
}

void NodeSupervisor::take(const status::NodeReport& report) {
    const bool had_login_role = node_.marker.has_login_role;
    remember_node(node_, report);
    if (node_.marker.has_login_role != had_login_role && pid_of(Child::server) != 0) {
        reconfigure("change who logs in over the Unix socket");
    }
}

void NodeSupervisor::take(const status::TrafficReport& report) {
    if (report.is_held) {
        log::info("the coordinator holds this node's traffic until it is back");
    } else {
        log::warning("the traffic of this node is not held while it stops: {}", report.error);
    }
    post(lifecycle::TrafficAnswered{});
}

// What a running server takes by SIGHUP are the pools.
void NodeSupervisor::take(const status::WorkersReport& report) {
    if (node::take_workers(node_, {report.count, report.sessions})) {
        log::info("CITUS_TUNE: the pools follow {} workers, the smallest of {} sessions",
                  report.count, report.sessions);
        reconfigure("let the pools follow the workers");
    }
    reported();
}

void NodeSupervisor::take(const status::ReadinessReport& report) {
    waits_for_ = report.condition;
    announce_if_ready();
    publish();
}

void NodeSupervisor::take(const status::RecoveryReport& report) {
    recovery_ = report.progress;
    announce_if_ready();
    publish();
}

// Not as an effect: nothing depends on it but the server's next login.
void NodeSupervisor::peers_changed() {
    reconfigure("let the nodes' addresses in");
}

void NodeSupervisor::reconfigure(const char* what) {
    if (Status written = node::write_configuration(node_); !written) {
        log::error("cannot {}: {}", what, written.error().message);
        return;
    }
    hang_up_server();
}

// Until a postmaster has its handlers, SIGHUP would end it; it has not read the files then.
void NodeSupervisor::hang_up_server() {
    const pid_t pid = pid_of(Child::server);
    if (pid != 0 && process::handles_signal(pid, SIGHUP)) {
        ::kill(pid, SIGHUP);
    }
}

void NodeSupervisor::take(const status::UnfitReport& report) {
    const auto before = std::exchange(node_.unfit, report.condition);
    if (is_none(before) != is_none(node_.unfit)) {
        if (is_none(node_.unfit)) {
            log::info("clients are let in again");
        } else {
            log::error("clients are shut out: {}", text_of(node_.unfit));
        }
        reconfigure("change who is let in");
    }
    announce_if_ready();
    publish();
}

void NodeSupervisor::take(const status::OwnConnectionReport& report) {
    const auto before = std::exchange(own_connection_, report.condition);
    if (is_none(before) && !is_none(own_connection_)) {
        log::warning("{}", text_of(own_connection_));
    } else if (!is_none(before) && is_none(own_connection_) && !ready_unannounced_) {
        log::info("Citus can connect to its own node again");
    }
    announce_if_ready();
    publish();
}

void NodeSupervisor::take(const status::ArchivingReport& report) {
    archiving_ = report.status;
    const auto before = node::group_to_archive(node_);
    remember_archiving(node_, report);
    if (state().prepared) {
        write_marker(node_);
    }
    if (node::group_to_archive(node_) != before) {
        reconfigure("archive to the stanza of the node's group");
    }
    publish();
}

void NodeSupervisor::take(const status::BackupReport& report) {
    backup_ = report.status;
    publish();
}

// Once, when the last of what keeps clients from using it is gone: as soon as `health` says so.
void NodeSupervisor::announce_if_ready() {
    if (ready_unannounced_ && phase().first == status::Phase::ready) {
        ready_unannounced_ = false;
        const bool reads_only = state().server_status == lifecycle::ServerStatus::standby_read_only;
        reads_only ? report_ready_for_reading() : report_ready();
    }
}

void NodeSupervisor::take(const status::PlaceReport& report) {
    const node::Place before = std::exchange(node_.place, node::place_after(node_.place, report));
    place_ = report.state;
    remember_place(node_, report);
    if (state().prepared) {
        write_marker(node_);
    }
    if (node_.place.is_refused && !before.is_refused) {
        log::error("clients are shut out: {}", text_of(node_.place.condition));
    } else if (node_.place.is_open && !node_.place.is_confirmed && !is_none(before.condition)) {
        log::warning("clients are let in, unconfirmed: {}", text_of(report.condition));
    } else if (!node_.place.is_open && node_.place.condition != before.condition) {
        log::warning("clients are not let in yet: {}", text_of(node_.place.condition));
    }
    if (node_.place.is_open != before.is_open || node_.place.is_confirmed != before.is_confirmed) {
        opening_ = node_.place.is_open && !before.is_open;
        reconfigure("change who is let in");
    }
    opening_ = opening_ && !report.is_applied;
    announce_if_ready();
    publish();
}

// --- The published state ---

void NodeSupervisor::describe(status::NodeStatus& published) const {
    published.node = node_.settings.citus.enable ? node_.node_name : "";
    published.postmaster = pid_of(Child::server);
    published.restarts = state().total_restarts;
    published.membership.joined = published.membership.joined && node_.place.is_open;
    published.passes = passes_;
    published.recovery = recovery_;
    published.place = place_;
    published.unfit = node_.unfit;
    published.own_connection = own_connection_;
    published.archiving = archiving_;
    published.backup = backup_;
    std::tie(published.phase, published.condition) = phase();
}

std::pair<status::Phase, status::Condition> NodeSupervisor::phase() const {
    Closed closed;
    closed.why = opening_ ? status::Condition{status::ConditionKind::letting_clients_in}
                          : node::why_closed(node_);
    closed.is_final = node_.place.is_refused || !is_none(node_.unfit);
    closed.waits_for = is_none(waits_for_) ? own_connection_ : waits_for_;
    closed.in_recovery = recovery_.has_value();
    closed.stopped = stopped_server_;
    const bool recovers = node_.restore && state().step == Step::running &&
                          state().server_status != lifecycle::ServerStatus::ready;
    if (recovers) {
        return {status::Phase::recovering, node::restoring_condition(node_, "replaying its WAL")};
    }
    return phase_of_node(state(), policy(), recovering_, closed);
}

}  // namespace citus_init::supervisor
