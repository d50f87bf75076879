#pragma once

#include <set>
#include <string>

#include "citus_init/citus/membership/candidate.h"

namespace citus_init::test {

// One data directory and the server on it.
struct SimulatedServer {
    citus::Identity identity;
    int group_id = 0;         // what it believes itself
    std::string coordinator;  // whom it believes its coordinator, "" = nobody
    long user_relations = 0;
    std::set<int> shards;
    bool up = true;
    citus::WalPosition wal{1, 1000};
    citus::CatalogIds known{};         // the greatest that its metadata has
    int run = 0;                       // which server it is, whatever its data
    bool is_copied_directory = false;  // its own agent says so
};

inline citus::CandidateFacts simulated_facts(const std::string& system_identifier) {
    citus::CandidateFacts facts;
    facts.server.superuser = true;
    facts.server.encoding = "UTF8";
    facts.server.extension = citus::ExtensionVersion{13, 2, 1};
    facts.server.system_identifier = system_identifier;
    return facts;
}

// What a server tells of itself.
inline citus::CandidateFacts facts_of(const SimulatedServer& server) {
    auto facts = simulated_facts(server.identity.system_identifier);
    facts.server.wal = server.wal;
    facts.server.started_at = std::to_string(server.run);
    facts.server.is_copied_directory = server.is_copied_directory;
    facts.membership = citus::MembershipFacts{};
    facts.membership->group_id = server.group_id;
    facts.membership->node_count = server.coordinator.empty() ? 0 : 2;
    facts.membership->coordinator = server.coordinator;
    facts.membership->server_id = server.identity.server_id;
    facts.membership->greatest = server.known;
    facts.membership->user_relations =
        server.user_relations + static_cast<long>(server.shards.size());
    facts.membership->stored = {static_cast<long>(server.shards.size()), {}, 0};
    return facts;
}

}  // namespace citus_init::test
