#include "web/probe.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "citus_init/base/text.h"

namespace citus_init::web {

using status::ConditionKind;
using status::GroupRole;
using status::NodeStatus;
using status::Phase;

namespace {

constexpr std::array<std::pair<std::string_view, Probe>, 16> kPaths{{
    {"/livez", Probe::live},
    {"/healthz", Probe::live},
    {"/startupz", Probe::startup},
    {"/readyz", Probe::ready},
    // Patroni's.
    {"/liveness", Probe::live},
    {"/startup", Probe::startup},
    {"/readiness", Probe::ready},
    {"/health", Probe::ready},
    {"/primary", Probe::primary},
    {"/leader", Probe::primary},
    {"/master", Probe::primary},
    {"/read-write", Probe::primary},
    {"/replica", Probe::replica},
    {"/standby", Probe::replica},
    {"/read-only", Probe::read_only},
    {"/readonly", Probe::read_only},
}};

// Nobody may write here, though the node is ready.
bool is_standby(const NodeStatus& status) {
    if (const auto& group = status.membership.group) {
        return group->role != GroupRole::leader && group->role != GroupRole::failsafe_primary;
    }
    return status.condition.kind == ConditionKind::accepting_reads;
}

bool lags(const NodeStatus& status, std::optional<std::int64_t> longest) {
    const auto& group = status.membership.group;
    return longest && group && group->lag.value_or(0) > *longest;
}

bool is_ready(const ProbeQuestion& question, const NodeStatus& status) {
    if (status.phase != Phase::ready) {
        return false;
    }
    switch (question.scope) {
        case ProbeScope::node:
            return true;
        case ProbeScope::group:
            return is_none(status.handover);
        case ProbeScope::cluster:
            return status.membership.joined;
    }
    return false;
}

// "16MB"; a bare number means bytes.
std::optional<std::int64_t> parse_bytes(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, int>, 4> kUnits{
        {{"kB", 10}, {"MB", 20}, {"GB", 30}, {"TB", 40}}};
    constexpr std::int64_t kMost = 1'000'000'000'000;
    int shift = 0;
    for (const auto& [unit, bits] : kUnits) {
        if (to_lower(text).ends_with(to_lower(unit))) {
            text.remove_suffix(unit.size());
            shift = bits;
        }
    }
    const auto number = parse_integer(text, 0, kMost >> (shift / 2));
    return number ? std::optional(static_cast<std::int64_t>(*number) << shift) : std::nullopt;
}

// What is only just starting or stopping has no Patroni to ask.
bool hangs(const NodeStatus& status, const std::string& hung) {
    return status.phase == Phase::ready && !hung.empty();
}

std::string reason_of(const ProbeQuestion& question, const NodeStatus& status,
                      const std::string& hung) {
    if (hangs(status, hung)) {
        return hung;
    }
    const bool no_handover = question.scope == ProbeScope::group && status.phase == Phase::ready &&
                             !is_none(status.handover);
    return no_handover ? text_of(status.handover) : status::reason_text(status);
}

std::string brief(const ProbeQuestion& question, const NodeStatus& status,
                  const std::string& hung) {
    nlohmann::ordered_json object;
    object["state"] = status::phase_name(status.phase);
    object["reason"] = reason_of(question, status, hung);
    object["since"] = status.since;
    if (!status.role.empty()) {
        object["role"] = status.role;
    }
    if (const std::string membership = text_of(status.membership); !membership.empty()) {
        object["membership"] = membership;
    }
    if (status.recovery) {
        object["recovery"] = {{"replayed", status.recovery->replayed},
                              {"target", status.recovery->target},
                              {"paused", status.recovery->paused}};
    }
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

std::optional<Probe> find_probe(std::string_view path) {
    for (const auto& [name, probe] : kPaths) {
        if (name == path) {
            return probe;
        }
    }
    return std::nullopt;
}

std::optional<ProbeQuestion> parse_question(Probe probe, std::string_view query) {
    ProbeQuestion question{probe};
    for (const auto& part : split(query, '&')) {
        const auto equals = part.find('=');
        const std::string key = part.substr(0, equals);
        const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
        if (key == "verbose") {
            question.verbose = value != "false" && value != "0";
        } else if (key == "lag") {
            question.longest_lag = parse_bytes(value);
            if (!question.longest_lag) {
                return std::nullopt;
            }
        } else if (key == "scope") {
            if (value != "node" && value != "group" && value != "cluster") {
                return std::nullopt;
            }
            question.scope = value == "group"     ? ProbeScope::group
                             : value == "cluster" ? ProbeScope::cluster
                                                  : ProbeScope::node;
        }
    }
    return question;
}

bool passes(const ProbeQuestion& question, const NodeStatus& status, const std::string& hung) {
    switch (question.probe) {
        case Probe::live:
            return status.phase != Phase::failed && !hangs(status, hung);
        case Probe::startup:
            return status.phase == Phase::ready || status.phase == Phase::recovering ||
                   status.phase == Phase::stopping ||
                   (status.phase == Phase::starting &&
                    (status.postmaster != 0 || status.restarts > 0));
        case Probe::ready:
            return is_ready(question, status);
        case Probe::primary:
            return is_ready(question, status) && !is_standby(status);
        case Probe::replica:
            return is_ready(question, status) && is_standby(status) &&
                   !lags(status, question.longest_lag);
        case Probe::read_only:
            return is_ready(question, status) && !lags(status, question.longest_lag);
    }
    return false;
}

http::ServerResponse answer_probe(const ProbeQuestion& question, const NodeStatus& status,
                                  const std::string& hung, bool in_detail) {
    http::ServerResponse response;
    response.status = passes(question, status, hung) ? 200 : 503;
    response.content_type = "application/json";
    response.body = in_detail ? status::to_json_with_texts(status) : brief(question, status, hung);
    return response;
}

}  // namespace citus_init::web
