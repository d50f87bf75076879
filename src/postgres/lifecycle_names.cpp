#include "citus_init/postgres/lifecycle.h"

namespace citus_init::postgres::lifecycle {

const char* step_name(Step step) {
    switch (step) {
        case Step::initial:
            return "initial";
        case Step::initdb:
            return "initdb";
        case Step::certificate:
            return "certificate";
        case Step::validation:
            return "validation";
        case Step::bootstrap_starting:
            return "bootstrap_starting";
        case Step::preparation:
            return "preparation";
        case Step::init_scripts:
            return "init_scripts";
        case Step::bootstrap_stopping:
            return "bootstrap_stopping";
        case Step::server_starting:
            return "server_starting";
        case Step::running:
            return "running";
        case Step::clearing_orphans:
            return "clearing_orphans";
        case Step::waiting_to_restart:
            return "waiting_to_restart";
        case Step::aborting:
            return "aborting";
        case Step::holding_traffic:
            return "holding_traffic";
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
        case Child::initdb:
            return "initdb";
        case Child::certificate:
            return "the making of the certificate";
        case Child::validation:
            return "the validation of the configuration";
        case Child::bootstrap_server:
            return "the bootstrap server";
        case Child::preparation:
            return "the preparation of the database";
        case Child::init_scripts:
            return "an init script";
        case Child::server:
            return "the server";
        case Child::agent:
            return "the agent";
    }
    return "unknown";
}

}  // namespace citus_init::postgres::lifecycle
