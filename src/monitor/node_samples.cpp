#include <time.h>

#include <array>
#include <ctime>
#include <optional>
#include <string>

#include "citus_init/base/version.h"
#include "citus_init/metrics/named_metric.h"
#include "citus_init/monitor/samples.h"

namespace citus_init::monitor {

namespace {

using citus::PlaceState;
using metrics::SampleSet;
using status::GroupRole;
using status::Phase;
using namespace metrics::literals;

constexpr std::array kPhases{Phase::starting, Phase::bootstrapping, Phase::recovering,
                             Phase::ready,    Phase::stopping,      Phase::failed};
constexpr std::array kPlaces{PlaceState::waiting, PlaceState::provisional, PlaceState::confirmed,
                             PlaceState::refused};
constexpr std::array kRoles{GroupRole::unknown,          GroupRole::leader,    GroupRole::replica,
                            GroupRole::leaderless,       GroupRole::demoted,   GroupRole::creating,
                            GroupRole::failsafe_primary, GroupRole::read_only, GroupRole::other};

double number(bool is_true) {
    return is_true ? 1 : 0;
}

// "2026-11-22T14:00:00Z", in seconds since the epoch.
std::optional<double> parse_utc(const std::string& text) {
    std::tm moment{};
    const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &moment);
    if (end == nullptr || *end != '\0') {
        return std::nullopt;
    }
    return static_cast<double>(::timegm(&moment));
}

void add_workers(SampleSet& samples, const citus::WorkersSummary& workers) {
    samples.add("citus_init_workers_desired"_metric, workers.desired);
    samples.add("citus_init_workers_registered"_metric, workers.registered);
    samples.add("citus_init_workers_active"_metric, workers.active);
    samples.add("citus_init_workers_needing_attention"_metric,
                static_cast<double>(workers.findings.size()) + workers.more_findings);
    samples.add("citus_init_membership_stopped"_metric, number(!workers.stopped.empty()));
}

void add_group(SampleSet& samples, const status::GroupStatus& group) {
    for (const GroupRole role : kRoles) {
        samples.add("citus_init_ha_role"_metric, number(group.role == role),
                    {status::group_role_name(role)});
    }
    samples.add("citus_init_ha_group"_metric, group.group);
    samples.add("citus_init_ha_paused"_metric, number(group.paused));
    if (group.replicas) {
        samples.add("citus_init_ha_replicas"_metric, *group.replicas);
        samples.add("citus_init_ha_synchronous_replicas"_metric,
                    static_cast<double>(group.synchronous.size()));
    }
    if (group.role == GroupRole::replica || group.role == GroupRole::leaderless) {
        samples.add("citus_init_ha_synchronous"_metric, number(group.is_synchronous));
        if (group.lag) {
            samples.add("citus_init_ha_lag_bytes"_metric, static_cast<double>(*group.lag));
        }
    }
}

void add_membership(SampleSet& samples, const status::Membership& membership) {
    samples.add("citus_init_notes"_metric, static_cast<double>(membership.notes.size()));
    if (membership.workers) {
        add_workers(samples, *membership.workers);
    }
    if (membership.group) {
        add_group(samples, *membership.group);
    }
}

void add_archiving(SampleSet& samples, const std::optional<status::ArchivingStatus>& archiving) {
    if (!archiving) {
        return;
    }
    const bool has_failed = archiving->condition.kind == status::ConditionKind::archiving_failed;
    samples.add("citus_init_archiving_failed"_metric, number(has_failed));
    samples.add("citus_init_archiving_waiting_bytes"_metric,
                static_cast<double>(archiving->waiting_bytes));
}

void add_lease(SampleSet& samples, const std::optional<status::LeaseStatus>& lease, WallTime now) {
    if (lease) {
        samples.add("citus_init_ha_lease_left_seconds"_metric,
                    seconds_left(*lease, Seconds(now.time_since_epoch()).count()));
        samples.add("citus_init_ha_lease_ttl_seconds"_metric, static_cast<double>(lease->ttl));
    }
}

void add_backup(SampleSet& samples, const std::optional<status::BackupStatus>& backup) {
    if (!backup) {
        return;
    }
    samples.add("citus_init_backup_failed"_metric, number(!status::is_none(backup->condition)));
    const auto add_time = [&samples](const metrics::Metric& metric,
                                     std::optional<std::int64_t> time) {
        if (time) {
            samples.add(metric, static_cast<double>(*time));
        }
    };
    add_time("citus_init_backup_last_full_timestamp_seconds"_metric, backup->last_full);
    add_time("citus_init_backup_last_timestamp_seconds"_metric, backup->last);
    add_time("citus_init_restore_point_last_timestamp_seconds"_metric, backup->last_point);
    add_time("citus_init_backup_next_timestamp_seconds"_metric, backup->next);
}

}  // namespace

void add_samples(SampleSet& samples, const status::NodeStatus& status, WallTime now) {
    samples.add("citus_init_build_info"_metric, 1, {version(), commit()});
    samples.add("citus_init_node_info"_metric, 1, {status.node, status.role});
    for (const Phase phase : kPhases) {
        samples.add("citus_init_phase"_metric, number(status.phase == phase),
                    {status::phase_name(phase)});
    }
    if (const auto since = parse_utc(status.since)) {
        samples.add("citus_init_phase_start_timestamp_seconds"_metric, *since);
    }
    if (!status::is_none(status.condition)) {
        samples.add("citus_init_condition"_metric, 1, {status::code_of(status.condition.kind)});
    }
    const bool is_unfit = !status::is_none(status.unfit);
    samples.add("citus_init_ready"_metric, number(status.phase == Phase::ready && !is_unfit));
    samples.add("citus_init_unfit"_metric, number(is_unfit));
    samples.add("citus_init_server_restarts_total"_metric, status.restarts);
    samples.add("citus_init_agent_restarts_total"_metric, status.agent_restarts);
    samples.add("citus_init_http_restarts_total"_metric, status.http_restarts);
    if (status.passes != status::ReconcilePasses()) {
        samples.add("citus_init_reconcile_passes_total"_metric,
                    static_cast<double>(status.passes.succeeded), {"succeeded"});
        samples.add("citus_init_reconcile_passes_total"_metric,
                    static_cast<double>(status.passes.failed), {"failed"});
    }
    if (status.certificate_ends != 0) {
        samples.add("citus_init_certificate_expiry_timestamp_seconds"_metric,
                    static_cast<double>(status.certificate_ends));
    }
    add_archiving(samples, status.archiving);
    add_backup(samples, status.backup);
    for (const auto& step : status.steps) {
        samples.add("citus_init_step_seconds"_metric, Seconds(step.took).count(), {step.step});
    }
    if (!status.configuration.empty()) {
        samples.add("citus_init_configuration_info"_metric, 1, {status.configuration});
    }
    if (!status.role.empty()) {
        samples.add("citus_init_own_connection_failed"_metric,
                    number(!status::is_none(status.own_connection)));
        samples.add("citus_init_joined"_metric, number(status.membership.joined));
    }
    if (status.recovery) {
        samples.add("citus_init_recovery_paused"_metric, number(status.recovery->paused));
    }
    if (status.place) {
        for (const PlaceState place : kPlaces) {
            samples.add("citus_init_place"_metric, number(*status.place == place),
                        {citus::to_string(place)});
        }
    }
    add_membership(samples, status.membership);
    if (status.membership.group) {
        samples.add("citus_init_ha_handover_blocked"_metric,
                    number(!status::is_none(status.handover)));
    }
    add_lease(samples, status.lease, now);
}

}  // namespace citus_init::monitor
