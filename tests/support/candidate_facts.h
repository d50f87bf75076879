#pragma once

#include <string>

#include "citus_init/citus/membership/candidate.h"

// Who answers, and the rows of a coordinator, for tests of what is concluded from them.
namespace citus_init::citus {

// A server that fits in every way, and is no member.
inline CandidateFacts facts_of(const std::string& system_identifier) {
    CandidateFacts facts;
    facts.server.superuser = true;
    facts.server.version_number = 150020;
    facts.server.encoding = "UTF8";
    facts.server.citus_preloaded = true;
    facts.server.extension = parse_extension_version("13.2-1");
    facts.server.available = facts.server.extension;
    facts.server.system_identifier = system_identifier;
    facts.membership = MembershipFacts{};
    facts.membership->server_id = "id-" + system_identifier;
    return facts;
}

inline RegisteredNode row(int group, const HostPort& address) {
    RegisteredNode node;
    node.node_id = node.group_id = group;
    node.address = address;
    node.has_metadata = node.active = node.metadata_synced = true;
    return node;
}

}  // namespace citus_init::citus
