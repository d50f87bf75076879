#include "citus_init/health/state.h"

#include <array>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"

namespace citus_init::health {

namespace {

constexpr std::array kPhases = {Phase::starting, Phase::bootstrapping, Phase::recovering,
                                Phase::ready,    Phase::stopping,      Phase::failed};

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

std::string to_json(const State& state) {
    nlohmann::ordered_json json;
    json["state"] = phase_name(state.phase);
    json["reason"] = state.reason;
    json["node"] = state.node;
    json["role"] = state.role;
    json["pid"] = state.pid;
    json["pid_start"] = state.pid_start;
    json["postmaster"] = state.postmaster;
    json["restarts"] = state.restarts;
    json["since"] = state.since;
    json["data_directory"] = state.data_directory;
    json["joined"] = state.joined;
    json["membership"] = state.membership;
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<State> from_json(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("state")) {
        return fail(ExitCode::software, "the state file holds no state");
    }
    State state;
    const std::string word = text_at(json, "state");
    bool known = false;
    for (const Phase phase : kPhases) {
        if (word == phase_name(phase)) {
            state.phase = phase;
            known = true;
        }
    }
    if (!known) {
        return fail(ExitCode::software, fmt::format("the state file holds no state: \"{}\"", word));
    }
    state.reason = text_at(json, "reason");
    state.node = text_at(json, "node");
    state.role = text_at(json, "role");
    state.pid = number_at(json, "pid").value_or(0);
    state.pid_start = number_at(json, "pid_start").value_or(0);
    state.postmaster = number_at(json, "postmaster").value_or(0);
    state.restarts = static_cast<int>(number_at(json, "restarts").value_or(0));
    state.since = text_at(json, "since");
    state.data_directory = text_at(json, "data_directory");
    state.joined = flag_at(json, "joined");
    state.membership = text_at(json, "membership");
    return state;
}

std::string state_path(const std::string& run_directory) {
    return run_directory + "/citus-init.json";
}

}  // namespace citus_init::health
