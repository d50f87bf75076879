#include "status/json.h"

#include <algorithm>
#include <limits>

namespace citus_init::status {

namespace {

// Nobody nests causes deeper; a line of others' making must not cost PID 1 its stack.
constexpr int kDeepest = 3;

int small_number_at(const Json& object, const char* key) {
    constexpr std::int64_t kLargest = std::numeric_limits<int>::max();
    return static_cast<int>(
        std::clamp<std::int64_t>(number_at(object, key).value_or(0), 0, kLargest));
}

void put(Json& object, const char* key, const std::string& text) {
    if (!text.empty()) {
        object[key] = text;
    }
}

void put(Json& object, const char* key, const std::optional<HostPort>& address) {
    if (address) {
        object[key] = json_of(*address);
    }
}

void put(Json& object, const char* key, const HostPort& address) {
    if (address != HostPort()) {
        object[key] = json_of(address);
    }
}

// --- Places ---

Json place_json(const citus::PlaceReason& reason) {
    Json object{{"finding", to_string(reason.finding)}};
    put(object, "caveat", to_string(reason.caveat));
    if (reason.group_id != 0) {
        object["group"] = reason.group_id;
    }
    put(object, "coordinator", reason.coordinator);
    put(object, "address", reason.address);
    put(object, "asked_at", reason.asked_at);
    put(object, "announced", reason.announced);
    put(object, "registered", reason.registered);
    put(object, "sqlstate", reason.sqlstate);
    put(object, "error", reason.error);
    return object;
}

citus::PlaceReason place_reason_of(const Json& object) {
    citus::PlaceReason reason;
    using citus::PlaceCaveat;
    using citus::PlaceFinding;
    reason.finding = enumerator_at(object, "finding", PlaceFinding::original_silent, [](auto each) {
                         return to_string(each);
                     }).value_or(PlaceFinding::none);
    reason.caveat = enumerator_at(object, "caveat", PlaceCaveat::copied_directory, [](auto each) {
                        return to_string(each);
                    }).value_or(PlaceCaveat::none);
    reason.group_id = small_number_at(object, "group");
    reason.coordinator = address_at(object, "coordinator").value_or(HostPort());
    reason.address = address_at(object, "address").value_or(HostPort());
    reason.asked_at = address_at(object, "asked_at").value_or(HostPort());
    reason.announced = address_at(object, "announced").value_or(HostPort());
    reason.registered = address_at(object, "registered");
    reason.sqlstate = text_at(object, "sqlstate");
    reason.error = text_at(object, "error");
    return reason;
}

// --- Conditions ---

std::vector<Condition> conditions_of(const Json& array, int depth);

Condition condition_of(const Json& object, int depth) {
    Condition condition;
    const auto kind = parse_condition_code(text_at(object, "code"));
    if (!object.is_object() || !kind) {
        return condition;
    }
    condition.kind = *kind;
    condition.name = text_at(object, "name");
    condition.state = text_at(object, "state");
    condition.detail = text_at(object, "detail");
    condition.sqlstate = text_at(object, "sqlstate");
    condition.address = address_at(object, "address");
    condition.registered = address_at(object, "registered");
    condition.number = number_at(object, "number");
    condition.with_certificates = flag_at(object, "with_certificates");
    condition.place = place_reason_of(at(object, "place"));
    if (depth < kDeepest) {
        condition.causes = conditions_of(at(object, "causes"), depth + 1);
    }
    return condition;
}

std::vector<Condition> conditions_of(const Json& array, int depth) {
    std::vector<Condition> conditions;
    for (const Json& each : array) {
        if (auto condition = condition_of(each, depth); !is_none(condition)) {
            conditions.push_back(std::move(condition));
        }
    }
    return conditions;
}

Json array_of(const std::vector<Condition>& conditions) {
    Json array = Json::array();
    for (const Condition& condition : conditions) {
        array.push_back(json_of(condition));
    }
    return array;
}

// --- The cluster ---

Json workers_json(const citus::WorkersSummary& workers) {
    Json object{{"desired", workers.desired},
                {"registered", workers.registered},
                {"active", workers.active}};
    Json findings = Json::array();
    for (const auto& finding : workers.findings) {
        findings.push_back({{"address", json_of(finding.address)},
                            {"state", finding.state},
                            {"class", finding.node_class},
                            {"reason", finding.reason}});
    }
    object["findings"] = std::move(findings);
    object["more_findings"] = workers.more_findings;
    put(object, "stopped", workers.stopped);
    put(object, "observing", workers.observing);
    return object;
}

citus::WorkersSummary workers_of(const Json& object) {
    citus::WorkersSummary workers;
    workers.desired = small_number_at(object, "desired");
    workers.registered = small_number_at(object, "registered");
    workers.active = small_number_at(object, "active");
    for (const Json& finding : at(object, "findings")) {
        if (finding.is_object()) {
            workers.findings.push_back({address_at(finding, "address").value_or(HostPort()),
                                        text_at(finding, "state"), text_at(finding, "class"),
                                        text_at(finding, "reason")});
        }
    }
    workers.more_findings = small_number_at(object, "more_findings");
    workers.stopped = text_at(object, "stopped");
    workers.observing = text_at(object, "observing");
    return workers;
}

Json group_json(const GroupStatus& group) {
    Json object{{"role", group_role_name(group.role)},
                {"group", group.group},
                {"paused", group.paused},
                {"is_synchronous", group.is_synchronous}};
    put(object, "state", group.state);
    put(object, "leader", group.leader);
    if (group.replicas) {
        object["replicas"] = *group.replicas;
    }
    if (group.lag) {
        object["lag"] = *group.lag;
    }
    if (!group.synchronous.empty()) {
        object["synchronous"] = group.synchronous;
    }
    return object;
}

GroupStatus group_of(const Json& object) {
    GroupStatus group;
    group.role = enumerator_at(object, "role", GroupRole::other, group_role_name)
                     .value_or(GroupRole::unknown);
    group.group = small_number_at(object, "group");
    group.paused = flag_at(object, "paused");
    group.is_synchronous = flag_at(object, "is_synchronous");
    group.state = text_at(object, "state");
    group.leader = text_at(object, "leader");
    if (number_at(object, "replicas")) {
        group.replicas = small_number_at(object, "replicas");
    }
    group.lag = number_at(object, "lag");
    for (const Json& name : at(object, "synchronous")) {
        if (name.is_string()) {
            group.synchronous.push_back(name.get<std::string>());
        }
    }
    return group;
}

}  // namespace

std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json& at(const Json& object, const char* key) {
    static const Json nothing;
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() ? *found : nothing;
}

Json json_of(const HostPort& address) {
    return {{"host", address.host}, {"port", address.port}};
}

Json json_of(const Condition& condition) {
    Json object{{"code", code_of(condition.kind)}};
    put(object, "name", condition.name);
    put(object, "state", condition.state);
    put(object, "detail", condition.detail);
    put(object, "sqlstate", condition.sqlstate);
    put(object, "address", condition.address);
    put(object, "registered", condition.registered);
    if (condition.number) {
        object["number"] = *condition.number;
    }
    if (condition.with_certificates) {
        object["with_certificates"] = true;
    }
    if (condition.place != citus::PlaceReason()) {
        object["place"] = place_json(condition.place);
    }
    if (!condition.causes.empty()) {
        object["causes"] = array_of(condition.causes);
    }
    return object;
}

Json json_of(const citus::RecoveryProgress& progress) {
    return {
        {"replayed", progress.replayed}, {"target", progress.target}, {"paused", progress.paused}};
}

Json json_of(const Membership& membership) {
    Json object{{"joined", membership.joined}};
    put(object, "condition", membership.condition);
    if (membership.workers) {
        object["workers"] = workers_json(*membership.workers);
    }
    if (membership.group) {
        object["group"] = group_json(*membership.group);
    }
    if (!membership.notes.empty()) {
        object["notes"] = array_of(membership.notes);
    }
    return object;
}

void put(Json& object, const char* key, const ReconcilePasses& passes) {
    if (passes != ReconcilePasses()) {
        object[key] = {{"succeeded", passes.succeeded}, {"failed", passes.failed}};
    }
}

ReconcilePasses passes_at(const Json& object, const char* key) {
    const Json& passes = at(object, key);
    return {number_at(passes, "succeeded").value_or(0), number_at(passes, "failed").value_or(0)};
}

void put(Json& object, const char* key, const Condition& condition) {
    if (!is_none(condition)) {
        object[key] = json_of(condition);
    }
}

std::optional<HostPort> address_at(const Json& object, const char* key) {
    const Json& address = at(object, key);
    const auto port = number_at(address, "port");
    constexpr std::int64_t kLargest = std::numeric_limits<std::uint16_t>::max();
    if (!port || *port < 0 || *port > kLargest) {
        return std::nullopt;
    }
    return HostPort{text_at(address, "host"), static_cast<std::uint16_t>(*port)};
}

Condition condition_at(const Json& object, const char* key) {
    return condition_of(at(object, key), 0);
}

std::optional<citus::RecoveryProgress> recovery_at(const Json& object, const char* key) {
    const Json& progress = at(object, key);
    return progress.is_object() ? std::optional(citus::RecoveryProgress{
                                      text_at(progress, "replayed"), text_at(progress, "target"),
                                      flag_at(progress, "paused")})
                                : std::nullopt;
}

Membership membership_of(const Json& object) {
    Membership membership;
    membership.joined = flag_at(object, "joined");
    membership.condition = condition_at(object, "condition");
    if (at(object, "workers").is_object()) {
        membership.workers = workers_of(at(object, "workers"));
    }
    if (at(object, "group").is_object()) {
        membership.group = group_of(at(object, "group"));
    }
    membership.notes = conditions_of(at(object, "notes"), 0);
    return membership;
}

Json json_of(const ArchivingStatus& archiving) {
    Json object{{"stanza", archiving.stanza},
                {"waiting_segments", archiving.waiting_segments},
                {"waiting_bytes", archiving.waiting_bytes}};
    put(object, "condition", archiving.condition);
    put(object, "since", archiving.since);
    if (archiving.disk_lasts) {
        object["disk_lasts"] = *archiving.disk_lasts;
    }
    return object;
}

std::optional<ArchivingStatus> archiving_at(const Json& object, const char* key) {
    const Json& fields = at(object, key);
    if (!fields.is_object()) {
        return std::nullopt;
    }
    return ArchivingStatus{text_at(fields, "stanza"),
                           condition_at(fields, "condition"),
                           text_at(fields, "since"),
                           number_at(fields, "waiting_segments").value_or(0),
                           number_at(fields, "waiting_bytes").value_or(0),
                           number_at(fields, "disk_lasts")};
}

Json json_of(const BackupStatus& backup) {
    Json object = Json::object();
    put(object, "condition", backup.condition);
    put(object, "since", backup.since);
    for (const auto& [key, time] : {std::pair("last_full", backup.last_full),
                                    {"last", backup.last},
                                    {"last_point", backup.last_point},
                                    {"next", backup.next}}) {
        if (time) {
            object[key] = *time;
        }
    }
    return object;
}

std::optional<BackupStatus> backup_at(const Json& object, const char* key) {
    const Json& fields = at(object, key);
    if (!fields.is_object()) {
        return std::nullopt;
    }
    return BackupStatus{condition_at(fields, "condition"), text_at(fields, "since"),
                        number_at(fields, "last_full"),    number_at(fields, "last"),
                        number_at(fields, "last_point"),   number_at(fields, "next")};
}

std::optional<citus::PlaceState> place_state_at(const Json& object, const char* key) {
    return enumerator_at(object, key, citus::PlaceState::refused,
                         [](auto each) { return citus::to_string(each); });
}

}  // namespace citus_init::status
