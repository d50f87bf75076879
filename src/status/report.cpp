#include "citus_init/status/report.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "status/json.h"

namespace citus_init::status {

namespace {

constexpr std::int64_t kLargestExitCode = 255;
constexpr std::int64_t kMostSessions = 262'143;  // MAX_BACKENDS

// --- The fields of each kind ---

void add_fields(Json& object, const Alive& report) {
    put(object, "passes", report.passes);
}
void add_fields(Json& /*object*/, const Prepared& /*report*/) {}

void add_fields(Json& object, const NodeReport& report) {
    object["citus_version"] = report.citus_version;
    object["extension_version"] = report.extension_version;
    object["database"] = report.database;
    object["system_identifier"] = report.system_identifier;
    object["server_id"] = report.server_id;
    object["has_login_role"] = report.has_login_role;
}

void add_fields(Json& object, const Membership& report) {
    object.update(json_of(report));
}

void add_fields(Json& object, const UnfitReport& report) {
    put(object, "condition", report.condition);
}

void add_fields(Json& object, const PlaceReport& report) {
    object["state"] = citus::to_string(report.state);
    object["is_member"] = report.is_member;
    if (report.address) {
        object["address"] = json_of(*report.address);
    }
    put(object, "condition", report.condition);
    object["is_applied"] = report.is_applied;
}

void add_fields(Json& object, const PeersReport& report) {
    object["addresses"] = report.addresses;
}

void add_fields(Json& object, const WorkersReport& report) {
    object["count"] = report.count;
    object["sessions"] = report.sessions;
}

void add_fields(Json& object, const ReadinessReport& report) {
    put(object, "condition", report.condition);
}

void add_fields(Json& object, const RecoveryReport& report) {
    if (report.progress) {
        object["progress"] = json_of(*report.progress);
    }
}

void add_fields(Json& object, const OwnConnectionReport& report) {
    put(object, "condition", report.condition);
}

void add_fields(Json& object, const HandoverReport& report) {
    put(object, "condition", report.condition);
}

void add_fields(Json& object, const TrafficReport& report) {
    object["is_held"] = report.is_held;
    object["error"] = report.error;
}

void add_fields(Json& object, const CertificateReport& report) {
    object["ends"] = report.ends;
    object["is_new"] = report.is_new;
}

void add_fields(Json& object, const ArchivingReport& report) {
    if (report.group) {
        object["group"] = *report.group;
    }
    object["made"] = report.made;
    if (report.status) {
        object["status"] = json_of(*report.status);
    }
}

void add_fields(Json& object, const RestoreReport& report) {
    object["step"] = restore_step_name(report.step);
    object["detail"] = report.detail;
    object["point"] = report.point;
    object["group"] = report.group;
    if (report.coordinator) {
        object["coordinator"] = json_of(*report.coordinator);
    }
}

void add_fields(Json& object, const BackupReport& report) {
    if (report.status) {
        object["status"] = json_of(*report.status);
    }
}

void add_fields(Json& object, const Warning& report) {
    object["text"] = report.text;
}

void add_fields(Json& object, const Fatal& report) {
    object["code"] = report.code;
    object["text"] = report.text;
}

void add_fields(Json& object, const ha::Pulse& report) {
    Json pulse{{"answer", ha::answer_name(report.answer)},
               {"role", report.role ? ha::member_role_name(*report.role) : ""},
               {"state", report.state},
               {"paused", report.paused},
               {"failsafe_active", report.failsafe_active}};
    if (report.store_age) {
        pulse["store_age"] = report.store_age->count();
    }
    object["pulse"] = std::move(pulse);
}

void add_fields(Json& object, const ha::Lease& report) {
    object["lease"] = {{"ttl", report.ttl.count()},
                       {"loop_wait", report.loop_wait.count()},
                       {"retry_timeout", report.retry_timeout.count()},
                       {"failsafe_mode", report.failsafe_mode},
                       {"synchronous_mode", report.synchronous_mode}};
}

// --- And back ---

std::optional<std::chrono::seconds> seconds_at(const Json& object, const char* key) {
    constexpr std::int64_t kDay = 86'400;
    const auto number = number_at(object, key);
    return number ? std::optional(std::chrono::seconds(std::clamp<std::int64_t>(*number, 0, kDay)))
                  : std::nullopt;
}

using Parser = std::optional<Report> (*)(const Json& object);

template <typename Kind>
std::optional<Report> parse_empty(const Json& /*object*/) {
    return Kind{};
}

std::optional<Report> parse_alive(const Json& object) {
    return Alive{passes_at(object, "passes")};
}

template <typename Kind>
std::optional<Report> parse_condition(const Json& object) {
    return Kind{condition_at(object, "condition")};
}

std::optional<Report> parse_node(const Json& object) {
    return NodeReport{text_at(object, "citus_version"), text_at(object, "extension_version"),
                      text_at(object, "database"),      text_at(object, "system_identifier"),
                      text_at(object, "server_id"),     flag_at(object, "has_login_role")};
}

std::optional<Report> parse_membership(const Json& object) {
    return membership_of(object);
}

std::optional<Report> parse_place(const Json& object) {
    const auto state = place_state_at(object, "state");
    if (!state) {
        return std::nullopt;
    }
    return PlaceReport{*state, flag_at(object, "is_member"), address_at(object, "address"),
                       condition_at(object, "condition"), flag_at(object, "is_applied")};
}

std::optional<Report> parse_peers(const Json& object) {
    PeersReport report;
    for (const Json& address : at(object, "addresses")) {
        if (address.is_string()) {
            report.addresses.push_back(address.get<std::string>());
        }
    }
    return report;
}

std::optional<Report> parse_workers(const Json& object) {
    const auto number = [&](const char* key) {
        const auto value = number_at(object, key).value_or(0);
        return static_cast<int>(std::clamp<std::int64_t>(value, 0, kMostSessions));
    };
    return WorkersReport{number("count"), number("sessions")};
}

std::optional<Report> parse_recovery(const Json& object) {
    return RecoveryReport{recovery_at(object, "progress")};
}

std::optional<Report> parse_traffic(const Json& object) {
    return TrafficReport{flag_at(object, "is_held"), text_at(object, "error")};
}

std::optional<Report> parse_certificate(const Json& object) {
    return CertificateReport{number_at(object, "ends").value_or(0), flag_at(object, "is_new")};
}

std::optional<Report> parse_archiving(const Json& object) {
    const auto group = number_at(object, "group");
    return ArchivingReport{group ? std::optional(static_cast<int>(*group)) : std::nullopt,
                           text_at(object, "made"), archiving_at(object, "status")};
}

std::optional<Report> parse_restore(const Json& object) {
    const auto step = enumerator_at(object, "step", RestoreStep::complete, restore_step_name);
    if (!step) {
        return std::nullopt;
    }
    const auto group = number_at(object, "group").value_or(0);
    return RestoreReport{*step, text_at(object, "detail"), text_at(object, "point"),
                         static_cast<int>(group), address_at(object, "coordinator")};
}

std::optional<Report> parse_backup(const Json& object) {
    return BackupReport{backup_at(object, "status")};
}

std::optional<Report> parse_warning(const Json& object) {
    return Warning{text_at(object, "text")};
}

std::optional<Report> parse_fatal(const Json& object) {
    const auto code = number_at(object, "code");
    if (!code || *code < 0 || *code > kLargestExitCode) {
        return std::nullopt;
    }
    return Fatal{static_cast<int>(*code), text_at(object, "text")};
}

// The agent sends one every two or three seconds: the object of the line is read, without another
// parse.
std::optional<Report> parse_pulse(const Json& object) {
    const Json& fields = at(object, "pulse");
    const auto answer = enumerator_at(fields, "answer", ha::Answer::silent, ha::answer_name);
    if (!answer) {
        return std::nullopt;
    }
    ha::Pulse pulse{*answer, ha::parse_member_role(text_at(fields, "role")),
                    text_at(fields, "state"), flag_at(fields, "paused"),
                    seconds_at(fields, "store_age")};
    pulse.failsafe_active = flag_at(fields, "failsafe_active");
    return pulse;
}

std::optional<Report> parse_lease(const Json& object) {
    const Json& fields = at(object, "lease");
    if (!fields.is_object()) {
        return std::nullopt;
    }
    ha::Lease lease;
    lease.ttl = seconds_at(fields, "ttl").value_or(lease.ttl);
    lease.loop_wait = seconds_at(fields, "loop_wait").value_or(lease.loop_wait);
    lease.retry_timeout = seconds_at(fields, "retry_timeout").value_or(lease.retry_timeout);
    lease.failsafe_mode = flag_at(fields, "failsafe_mode");
    lease.synchronous_mode = flag_at(fields, "synchronous_mode");
    return lease;
}

struct Kind {
    const char* name;
    Parser parse;
};

// In the order of Report's alternatives.
constexpr std::array<Kind, std::variant_size_v<Report>> kKinds{{
    {"alive", parse_alive},
    {"prepared", parse_empty<Prepared>},
    {"node", parse_node},
    {"membership", parse_membership},
    {"unfit", parse_condition<UnfitReport>},
    {"place", parse_place},
    {"peers", parse_peers},
    {"workers", parse_workers},
    {"readiness", parse_condition<ReadinessReport>},
    {"recovery", parse_recovery},
    {"own_connection", parse_condition<OwnConnectionReport>},
    {"handover", parse_condition<HandoverReport>},
    {"traffic", parse_traffic},
    {"certificate", parse_certificate},
    {"archiving", parse_archiving},
    {"restore", parse_restore},
    {"backup", parse_backup},
    {"warning", parse_warning},
    {"fatal", parse_fatal},
    {"pulse", parse_pulse},
    {"lease", parse_lease},
}};

}  // namespace

const char* restore_step_name(RestoreStep step) {
    switch (step) {
        case RestoreStep::waiting:
            return "waiting";
        case RestoreStep::claimed:
            return "claimed";
        case RestoreStep::ask_again:
            return "ask_again";
        case RestoreStep::settled:
            return "settled";
        case RestoreStep::other_point:
            return "other_point";
        case RestoreStep::end_of_wal:
            return "end_of_wal";
        case RestoreStep::ordered:
            return "ordered";
        case RestoreStep::complete:
            return "complete";
    }
    return "waiting";
}

const char* report_name(const Report& report) {
    return kKinds.at(report.index()).name;
}

std::string encode_report(const Report& report) {
    Json object{{"report", report_name(report)}};
    std::visit([&](const auto& fields) { add_fields(object, fields); }, report);
    return dump(object) + "\n";
}

std::optional<Report> parse_report(std::string_view line) {
    const Json object = Json::parse(line, nullptr, false);
    const std::string name = text_at(object, "report");
    const auto* const kind = std::find_if(kKinds.begin(), kKinds.end(),
                                          [&](const Kind& each) { return name == each.name; });
    return kind == kKinds.end() ? std::nullopt : kind->parse(object);
}

}  // namespace citus_init::status
