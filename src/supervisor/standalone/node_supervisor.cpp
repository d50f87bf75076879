#include "supervisor/standalone/node_supervisor.h"

#include <tuple>
#include <utility>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/node/place.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/init_files.h"
#include "citus_init/postgres/postmaster_pid.h"

#include "supervisor/standalone/bootstrap.h"
#include "supervisor/standalone/node_phase.h"

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
    : Supervisor(node, policy_of_node(node.settings)), node_(node) {}

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
        initdb_output_.print();
    }
    if (child == Child::initdb) {
        server_log().close();
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
    post(std::move(event));
}

// --- The published state ---

void NodeSupervisor::describe(status::NodeStatus& published) const {
    published.node = node_.settings.citus.enable ? node_.node_name : "";
    published.postmaster = pid_of(Child::server);
    published.restarts = state().total_restarts;
    published.membership.joined = published.membership.joined && node_.place.is_open;
    published.recovery = recovery_;
    published.place = place_;
    published.unfit = node_.unfit;
    published.own_connection = own_connection_;
    Closed closed;
    closed.why = opening_ ? status::Condition{status::ConditionKind::letting_clients_in}
                          : node::why_closed(node_);
    closed.is_final = node_.place.is_refused || !is_none(node_.unfit);
    closed.waits_for = is_none(waits_for_) ? own_connection_ : waits_for_;
    closed.in_recovery = recovery_.has_value();
    closed.stopped = stopped_server_;
    std::tie(published.phase, published.condition) =
        phase_of_node(state(), policy(), recovering_, closed);
}

}  // namespace citus_init::supervisor
