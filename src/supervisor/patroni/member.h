#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/ha/backend/backend.h"
#include "citus_init/ha/patroni/lifecycle.h"
#include "citus_init/node/node.h"

namespace citus_init::supervisor {

// A node that Patroni manages: everything that was decided before its supervisor starts.
struct Member {
    node::Node node;
    std::unique_ptr<const ha::Backend> backend;
    std::string host;         // what other members reach it under, where no connect address is set
    std::string program;      // citus-init, for Patroni's callbacks
    std::string system_user;  // whom the server runs as
    // Lets Patroni and the server find a uid without a name.
    std::vector<std::pair<std::string, std::string>> passwd_entry;
    patroni::lifecycle::Plan plan;

    const settings::PatroniSettings& patroni() const { return *node.settings.patroni; }
};

}  // namespace citus_init::supervisor
