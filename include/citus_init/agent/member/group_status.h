#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus_init/agent/agent_context.h"
#include "citus_init/ha/finding.h"
#include "citus_init/ha/group_view.h"
#include "citus_init/settings/environment.h"

namespace citus_init::agent {

// A group as one of its members knows it.
struct GroupListing {
    int group = 0;
    std::optional<ha::GroupView> members;
    // Why no member of it answered, "" = one did. Without an answer `members` are as the
    // configuration store has them, or not known.
    std::string trouble;
    // Whether a replica has to have what is acknowledged; none: not known.
    std::optional<bool> synchronous_mode{};
};

// The cluster as the backend has it, seen from this member.
struct GroupsStatus {
    std::string member;                // this one's name
    int group = 0;                     // and its group
    std::vector<GroupListing> groups;  // by number
    // Of this member, as they are now: what is there for a moment only, too.
    std::vector<ha::Finding> findings;
};

// Asks this container's manager, its server, and with certificates as `node` has them one member of
// each other group: the registered one, then those that the configuration store names. None where
// the settings choose no backend. Blocks for some seconds at most for each group, and 2 s for each
// member that is gone.
std::optional<GroupsStatus> inspect_groups(const AgentContext& node);

// Why the group of the member that runs here cannot hand over its lead now, "" = it can
// (ha::Assessment::handover). Blocks for two requests to the own manager.
std::string handover_trouble(const settings::Environment& environment);

// Why this member's manager is considered hung, "" = it is not: it answers, or may stand still.
// Without a backend, or where the settings cannot be read here: "". Blocks for two requests to it.
std::string manager_trouble(const settings::Environment& environment);

}  // namespace citus_init::agent
