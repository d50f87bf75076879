#include "citus_init/status/node_status.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/duration.h"
#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"

#include "status/json.h"

namespace citus_init::status {

namespace {

Json object_of(const NodeStatus& status) {
    Json object{{"state", phase_name(status.phase)}};
    object["condition"] = json_of(status.condition);
    object["node"] = status.node;
    object["role"] = status.role;
    object["pid"] = status.pid;
    object["pid_start"] = status.pid_start;
    object["postmaster"] = status.postmaster;
    object["restarts"] = status.restarts;
    object["agent_restarts"] = status.agent_restarts;
    object["http_restarts"] = status.http_restarts;
    if (!status.configuration.empty()) {
        object["configuration"] = status.configuration;
    }
    for (const StepTime& step : status.steps) {
        object["steps"][step.step] = step.took.count();
    }
    object["since"] = status.since;
    object["data_directory"] = status.data_directory;
    put(object, "passes", status.passes);
    if (status.certificate_ends != 0) {
        object["certificate_ends"] = status.certificate_ends;
    }
    object["joined"] = status.membership.joined;
    object["cluster"] = json_of(status.membership);
    if (status.recovery) {
        object["recovery"] = json_of(*status.recovery);
    }
    if (status.place) {
        object["place"] = citus::to_string(*status.place);
    }
    put(object, "unfit", status.unfit);
    put(object, "own_connection", status.own_connection);
    put(object, "handover", status.handover);
    if (status.lease) {
        object["lease"] = {{"ends", status.lease->ends}, {"ttl", status.lease->ttl}};
    }
    if (status.archiving) {
        object["archiving"] = json_of(*status.archiving);
    }
    if (status.backup) {
        object["backup"] = json_of(*status.backup);
    }
    return object;
}

// Of a PID 1 before 0.3.0, which wrote texts.
Condition text_at_key(const Json& object, const char* key) {
    const std::string text = text_at(object, key);
    return text.empty() ? Condition() : Condition{ConditionKind::other, "", "", text};
}

std::optional<LeaseStatus> lease_at(const Json& object, const char* key) {
    const Json& fields = at(object, key);
    const auto ends = number_at(fields, "ends");
    const auto ttl = number_at(fields, "ttl");
    return ends && ttl ? std::optional(LeaseStatus{*ends, *ttl}) : std::nullopt;
}

// Milliseconds by step.
std::vector<StepTime> steps_at(const Json& object, const char* key) {
    std::vector<StepTime> steps;
    const Json& all = at(object, key);
    if (!all.is_object()) {
        return steps;
    }
    for (const auto& [step, took] : all.items()) {
        if (took.is_number_integer()) {
            steps.push_back({step, std::chrono::milliseconds(took.get<std::int64_t>())});
        }
    }
    return steps;
}

// --- Texts ---

bool shows_recovery(ConditionKind kind) {
    return kind == ConditionKind::accepting_reads || kind == ConditionKind::archive_recovery ||
           kind == ConditionKind::recovery_ending;
}

std::string leader_text(const GroupStatus& group) {
    std::string text = fmt::format("leader of group {}", group.group);
    if (group.replicas) {
        text += *group.replicas == 0 ? ", no replica"
                                     : fmt::format(", {} replica{}", *group.replicas,
                                                   *group.replicas == 1 ? "" : "s");
    }
    return group.synchronous.empty() ? text
                                     : text + ", synchronous: " + join(group.synchronous, ", ");
}

std::string role_text(const GroupStatus& group) {
    switch (group.role) {
        case GroupRole::unknown:
            return "Patroni does not answer";
        case GroupRole::leader:
            return leader_text(group);
        case GroupRole::replica:
            return fmt::format("replica of {} in group {}, lag {}{}", group.leader, group.group,
                               group.lag ? fmt::format("{} B", *group.lag) : "not known",
                               group.is_synchronous ? ", synchronous" : "");
        case GroupRole::leaderless:
            return fmt::format("replica in group {}, which has no leader", group.group);
        case GroupRole::demoted:
            return fmt::format("demoted in group {}", group.group);
        case GroupRole::failsafe_primary:
            return fmt::format(
                "no DCS: primary of group {} by failsafe mode, as long as all members answer it",
                group.group);
        case GroupRole::read_only:
            return fmt::format("no DCS: read only in group {}", group.group);
        case GroupRole::creating:
        case GroupRole::other:
            break;
    }
    return fmt::format("group {}: {}", group.group, group.state);
}

}  // namespace

const char* phase_name(Phase phase) {
    switch (phase) {
        case Phase::starting:
            return "starting";
        case Phase::bootstrapping:
            return "bootstrapping";
        case Phase::recovering:
            return "recovering";
        case Phase::ready:
            return "ready";
        case Phase::stopping:
            return "stopping";
        case Phase::failed:
            return "failed";
    }
    return "unknown";
}

const char* group_role_name(GroupRole role) {
    switch (role) {
        case GroupRole::unknown:
            return "unknown";
        case GroupRole::leader:
            return "leader";
        case GroupRole::replica:
            return "replica";
        case GroupRole::leaderless:
            return "leaderless";
        case GroupRole::demoted:
            return "demoted";
        case GroupRole::creating:
            return "creating";
        case GroupRole::failsafe_primary:
            return "failsafe_primary";
        case GroupRole::read_only:
            return "read_only";
        case GroupRole::other:
            return "other";
    }
    return "unknown";
}

double seconds_left(const LeaseStatus& lease, double now) {
    const double ttl = std::max(0.0, static_cast<double>(lease.ttl));
    return std::clamp(static_cast<double>(lease.ends) - now, 0.0, ttl);
}

std::string state_path(const std::string& run_directory) {
    return run_directory + "/citus-init.json";
}

std::string to_json(const NodeStatus& status) {
    return dump(object_of(status)) + "\n";
}

std::string to_json_with_texts(const NodeStatus& status) {
    Json object{{"state", phase_name(status.phase)}, {"reason", reason_text(status)}};
    object.update(object_of(status));
    object["membership"] = text_of(status.membership);
    if (status.archiving) {
        object["archiving"]["text"] = text_of(*status.archiving);
    }
    if (status.backup) {
        object["backup"]["text"] = text_of(*status.backup);
    }
    return dump(object) + "\n";
}

Result<NodeStatus> node_status_from_json(const std::string& text) {
    const auto json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("state")) {
        return fail(ExitCode::software, "the state file holds no state");
    }
    const auto phase = enumerator_at(json, "state", Phase::failed, phase_name);
    if (!phase) {
        return fail(ExitCode::software,
                    fmt::format("the state file holds no state: \"{}\"", text_at(json, "state")));
    }
    NodeStatus status;
    status.phase = *phase;
    status.condition =
        json.contains("condition") ? condition_at(json, "condition") : text_at_key(json, "reason");
    status.node = text_at(json, "node");
    status.role = text_at(json, "role");
    status.pid = number_at(json, "pid").value_or(0);
    status.pid_start = number_at(json, "pid_start").value_or(0);
    status.postmaster = number_at(json, "postmaster").value_or(0);
    status.restarts = static_cast<int>(number_at(json, "restarts").value_or(0));
    status.agent_restarts = static_cast<int>(number_at(json, "agent_restarts").value_or(0));
    status.http_restarts = static_cast<int>(number_at(json, "http_restarts").value_or(0));
    status.configuration = text_at(json, "configuration");
    status.steps = steps_at(json, "steps");
    status.since = text_at(json, "since");
    status.data_directory = text_at(json, "data_directory");
    status.passes = passes_at(json, "passes");
    status.certificate_ends = number_at(json, "certificate_ends").value_or(0);
    status.membership = membership_of(at(json, "cluster"));
    status.membership.joined = flag_at(json, "joined");
    if (!json.contains("cluster")) {
        status.membership.condition = text_at_key(json, "membership");
    }
    status.recovery = recovery_at(json, "recovery");
    status.place = place_state_at(json, "place");
    status.unfit = condition_at(json, "unfit");
    status.own_connection = condition_at(json, "own_connection");
    status.handover = condition_at(json, "handover");
    status.lease = lease_at(json, "lease");
    status.archiving = archiving_at(json, "archiving");
    status.backup = backup_at(json, "backup");
    return status;
}

std::string reason_text(const NodeStatus& status) {
    std::string text = text_of(status.condition);
    if (status.recovery && shows_recovery(status.condition.kind)) {
        text += (text.empty() ? "" : ": ") + to_string(*status.recovery);
    }
    return text;
}

std::string text_of(const Membership& membership) {
    std::vector<std::string> texts;
    if (!is_none(membership.condition)) {
        texts.push_back(text_of(membership.condition));
    }
    if (membership.workers) {
        texts.push_back(to_string(*membership.workers));
    }
    if (membership.group) {
        texts.push_back((membership.group->paused ? "paused, " : "") +
                        role_text(*membership.group));
    }
    for (const Condition& note : membership.notes) {
        texts.push_back(text_of(note));
    }
    return join(texts, "; ");
}

std::string text_of(const ArchivingStatus& archiving) {
    if (is_none(archiving.condition)) {
        return "";
    }
    std::string text = text_of(archiving.condition);
    if (!archiving.since.empty()) {
        text += fmt::format("; since {}", archiving.since);
    }
    if (archiving.waiting_segments > 0) {
        text += fmt::format("; {} {} ({}) {} in pg_wal", archiving.waiting_segments,
                            archiving.waiting_segments == 1 ? "segment" : "segments",
                            size_text(archiving.waiting_bytes),
                            archiving.waiting_segments == 1 ? "waits" : "wait");
    }
    if (archiving.disk_lasts) {
        text += fmt::format("; its disk is full in {}",
                            rough_duration_text(std::chrono::seconds(*archiving.disk_lasts)));
    }
    return text;
}

std::string text_of(const BackupStatus& backup) {
    std::string text = text_of(backup.condition);
    return text.empty() || backup.since.empty() ? text
                                                : fmt::format("{}; since {}", text, backup.since);
}

std::string text_of(const NodeStatus& status) {
    std::string text = fmt::format("{}: {}", phase_name(status.phase), reason_text(status));
    const std::string archiving = status.archiving ? text_of(*status.archiving) : "";
    const std::string backup = status.backup ? text_of(*status.backup) : "";
    for (const std::string& more : {text_of(status.membership), archiving, backup}) {
        text += (more.empty() ? "" : "; ") + more;
    }
    return text;
}

}  // namespace citus_init::status
