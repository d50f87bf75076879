#include "supervisor/standalone/node_phase.h"

#include <algorithm>

#include <fmt/core.h>

namespace citus_init::supervisor {

using health::Phase;
using postgres::lifecycle::Milliseconds;
using postgres::lifecycle::ServerStatus;
using postgres::lifecycle::Step;

namespace {

// `detail`: how far it is, as the agent reported.
std::string recovery_text(ServerStatus status, const std::string& detail) {
    const std::string far = detail.empty() ? "" : ": " + detail;
    switch (status) {
        case ServerStatus::standby_read_only:
            return "standby, accepting connections for reading only" + far;
        case ServerStatus::recovery_read_only:
            return "archive recovery, writes fail until it ends" + far;
        case ServerStatus::standby:
            return "standby that lets nobody in, because hot_standby is off. Set hot_standby = on, "
                   "or promote it: pg_ctl promote";
        case ServerStatus::starting:
        case ServerStatus::stopping:
        case ServerStatus::ready:
            return "the server restarted its processes after a crash and replays its log";
    }
    return "";
}

std::pair<Phase, std::string> phase_while_running(const postgres::lifecycle::State& state,
                                                  const postgres::lifecycle::Policy& policy,
                                                  const Closed& closed) {
    if (state.server_status == ServerStatus::stopping) {
        return {Phase::stopping, "the server is being shut down from inside"};
    }
    if (state.server_status != ServerStatus::ready &&
        state.server_status != ServerStatus::standby_read_only) {
        return {Phase::recovering, recovery_text(state.server_status, closed.waits_for)};
    }
    if (state.ready(policy) && !closed.why.empty()) {
        return {closed.is_final ? Phase::failed : Phase::starting, closed.why};
    }
    if (state.ready(policy) && state.server_status == ServerStatus::ready &&
        !closed.waits_for.empty()) {
        return {Phase::starting, closed.waits_for};
    }
    return state.ready(policy)
               ? std::pair{Phase::ready, state.server_status == ServerStatus::ready
                                             ? std::string("accepting connections")
                                             : recovery_text(state.server_status, closed.waits_for)}
               : std::pair{Phase::starting,
                           std::string("the server is up, Citus is being prepared")};
}

// Never so long that the shutdown itself would lack the time.
Milliseconds hold_timeout(const settings::Settings& settings) {
    constexpr Milliseconds kLongest{2'000};
    constexpr int kShare = 4;
    const auto& citus = settings.citus;
    const bool holds = citus.enable && citus.role == settings::Role::worker && citus.stop_pause;
    return holds ? std::min(kLongest, settings.supervisor.stop_timeout / kShare) : Milliseconds(0);
}

}  // namespace

std::pair<Phase, std::string> phase_of_node(const postgres::lifecycle::State& state,
                                            const postgres::lifecycle::Policy& policy,
                                            bool recovering, const Closed& closed) {
    switch (state.step) {
        case Step::initial:
            return {Phase::starting, "reading the settings"};
        case Step::initdb:
            return {Phase::bootstrapping, "initdb"};
        case Step::certificate:
            return {state.bootstrapping ? Phase::bootstrapping : Phase::starting,
                    "making the certificate"};
        case Step::validation:
            return {Phase::starting, "validating the configuration"};
        case Step::bootstrap_starting:
            return {Phase::bootstrapping, "starting the bootstrap server"};
        case Step::preparation:
            return {Phase::bootstrapping, "preparing the database"};
        case Step::init_scripts:
            return {Phase::bootstrapping, "running the scripts of /docker-entrypoint-initdb.d"};
        case Step::bootstrap_stopping:
            return {Phase::bootstrapping, "stopping the bootstrap server"};
        case Step::server_starting:
            return recovering ? std::pair{Phase::recovering, "the server replays its log"}
                              : std::pair{Phase::starting, "starting the server"};
        case Step::running:
            return phase_while_running(state, policy, closed);
        case Step::clearing_orphans:
            return state.ending ? std::pair{Phase::stopping, std::string("waiting for processes")}
                                : std::pair{Phase::recovering, state.last_crash.why};
        case Step::waiting_to_restart:
            return {Phase::recovering,
                    fmt::format("{}; waiting to restart it", state.last_crash.why)};
        case Step::aborting:
            return {Phase::stopping, "giving the bootstrap up: " + state.ending->why};
        case Step::holding_traffic:
            return {Phase::stopping, "asking the coordinator to hold this node's traffic"};
        case Step::stopping:
            return {Phase::stopping, "shutting down"};
        case Step::held:
            return {Phase::failed, state.ending->why};
        case Step::finished:
            return {state.ending->code == 0 ? Phase::stopping : Phase::failed, state.ending->why};
    }
    return {Phase::failed, ""};
}

postgres::lifecycle::Policy policy_of_node(const settings::Settings& settings) {
    postgres::lifecycle::Policy policy;
    policy.start_timeout = settings.supervisor.start_timeout;
    policy.stop_timeout = settings.supervisor.stop_timeout;
    policy.restart_limit = settings.supervisor.restart_limit;
    policy.restart_window = settings.supervisor.restart_window;
    policy.hold_on_fatal = settings.supervisor.on_fatal == settings::OnFatal::hold;
    policy.agent_gates_readiness = settings.citus.enable;
    policy.hold_timeout = hold_timeout(settings);
    return policy;
}

}  // namespace citus_init::supervisor
