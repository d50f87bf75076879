#include "app/supervisor/phase.h"

#include <fmt/core.h>

namespace citus_init::app {

using health::Phase;
using postgres::lifecycle::Step;

std::pair<Phase, std::string> phase_of(const postgres::lifecycle::State& state,
                                       const postgres::lifecycle::Policy& policy, bool recovering,
                                       const Closed& closed) {
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
            if (state.ready(policy) && !closed.why.empty()) {
                return {closed.is_final ? Phase::failed : Phase::starting, closed.why};
            }
            return state.ready(policy)
                       ? std::pair{Phase::ready, "accepting connections"}
                       : std::pair{Phase::starting, "the server is up, Citus is being prepared"};
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

}  // namespace citus_init::app
