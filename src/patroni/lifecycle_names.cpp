#include "citus_init/patroni/lifecycle.h"

namespace citus_init::patroni::lifecycle {

const char* step_name(Step step) {
    switch (step) {
        case Step::initial:
            return "initial";
        case Step::certificate:
            return "certificate";
        case Step::dcs_wait:
            return "dcs_wait";
        case Step::supervising:
            return "supervising";
        case Step::exit_diagnosis:
            return "last_words";
        case Step::clearing_orphans:
            return "clearing_orphans";
        case Step::waiting_to_restart:
            return "waiting_to_restart";
        case Step::ending_server:
            return "ending_server";
        case Step::stopping:
            return "stopping";
        case Step::held:
            return "held";
        case Step::finished:
            return "finished";
    }
    return "unknown";
}

const char* child_name(Child child) {
    switch (child) {
        case Child::certificate:
            return "the making of the certificate";
        case Child::dcs_wait:
            return "the wait for the configuration store";
        case Child::patroni:
            return "Patroni";
        case Child::agent:
            return "the agent";
    }
    return "unknown";
}

}  // namespace citus_init::patroni::lifecycle
