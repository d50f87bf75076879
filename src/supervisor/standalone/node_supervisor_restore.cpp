#include <fmt/core.h>

#include "citus_init/base/clock.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/version.h"
#include "citus_init/node/restoring.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/restore_record.h"

#include "supervisor/standalone/bootstrap.h"
#include "supervisor/standalone/node_supervisor.h"

// A node that is being restored (ADR 78).
namespace citus_init::supervisor {

namespace lifecycle = postgres::lifecycle;

namespace {

std::string goal_of(const postgres::RestoreRecord& record) {
    return record.to_end_of_wal ? std::string("the end of its WAL")
                                : fmt::format("the restore point {}", record.point);
}

}  // namespace

void NodeSupervisor::take(const status::RestoreReport& report) {
    if (report.step == status::RestoreStep::ordered) {
        return restore_in_place(report);
    }
    if (!node_.restore) {
        return;  // an agent that does not know yet that it is complete
    }
    auto record = *node_.restore;
    switch (report.step) {
        case status::RestoreStep::waiting:
            node_.place.condition = node::restoring_condition(node_, report.detail);
            return publish();
        case status::RestoreStep::settled:
            // What was proven of this directory holds for it, not for the one it was copied from.
            node_.marker.directory_id = postgres::directory_id(node_.data_directory);
            write_marker(node_);
            record.phase = postgres::RestorePhase::settling;
            return enter_restore_phase(record,
                                       "the restored nodes have found each other: starting again, "
                                       "with Citus");
        case status::RestoreStep::other_point:
            record.phase = postgres::RestorePhase::replacing;
            record.point = report.point;
            return enter_restore_phase(
                record,
                fmt::format("the coordinator is restored to {}: restoring this node to it, too",
                            report.point));
        case status::RestoreStep::end_of_wal:
            record.phase = postgres::RestorePhase::replacing;
            record.to_end_of_wal = true;
            return enter_restore_phase(record,
                                       "its cluster lives: restoring this node to the end of its "
                                       "WAL");
        case status::RestoreStep::complete:
            return complete_restore();
        case status::RestoreStep::ask_again:
            if (node_.hand_over != node::HandOver::none) {
                node_.hand_over = node::HandOver::asks_again;
            }
            return post(lifecycle::AgentFatal{
                0, "the coordinator does not answer: asking etcd again where it is"});
        case status::RestoreStep::ordered:
        case status::RestoreStep::claimed:
            return;
    }
}

// In the middle of anything, and again until the server stops; the record is what counts.
void NodeSupervisor::restore_in_place(const status::RestoreReport& report) {
    if (node_.restore) {
        return;  // begun already
    }
    const auto control = postgres::read_control_file(RealFilesystem(), node_.data_directory);
    postgres::RestoreRecord record;
    record.phase = postgres::RestorePhase::replacing;
    record.point = report.point;
    record.group = report.group;
    record.is_ordered = true;
    record.system_identifier = control ? std::to_string(control->system_identifier) : "";
    record.program_version = version();
    record.created = utc_now();
    const Status noted = control ? postgres::write_restore_record(node_.data_directory, record)
                                 : fail(control.error());
    if (!noted) {
        return log::error("the restore to {} that was ordered is not begun, and tried again: {}",
                          report.point, noted.error().message);
    }
    node_.restore = record;
    log::warning("restoring this node to the restore point {}, as {} has ordered", report.point,
                 report.detail);
    post(lifecycle::AgentFatal{0, "the server stops, to be restored"});
}

void NodeSupervisor::enter_restore_phase(const postgres::RestoreRecord& record,
                                         const std::string& why) {
    const Status written = postgres::write_restore_record(node_.data_directory, record);
    post(written ? lifecycle::AgentFatal{0, why}
                 : lifecycle::AgentFatal{static_cast<int>(written.error().code),
                                         written.error().message});
}

// Clients come once its place in the cluster is confirmed, as at every start. Where it is handed
// over, the record stays until the server has shut down: a kill before repeats this step.
void NodeSupervisor::complete_restore() {
    if (node_.hand_over != node::HandOver::none) {
        node_.hand_over = node::HandOver::restored;
        return post(lifecycle::AgentFatal{
            0, fmt::format("restored to {}: handed over to Patroni. Back the cluster up: what was "
                           "saved before belongs to its former timeline",
                           goal_of(*node_.restore))});
    }
    if (const Status removed = postgres::remove_restore_record(node_.data_directory); !removed) {
        log::error("{}: the next start goes on with a restore that is complete",
                   removed.error().message);
        return;
    }
    log::info(
        "restored to {}. Back the cluster up: what was saved before belongs to its former "
        "timeline",
        goal_of(*node_.restore));
    node_.restore.reset();
    if (!node_.place.is_open) {
        node_.place.condition = {status::ConditionKind::place_unconfirmed};
    }
    reconfigure("end the restore");
    publish();
}

}  // namespace citus_init::supervisor
