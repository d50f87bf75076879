#pragma once

#include <nlohmann/json.hpp>

#include "citus_init/base/json_fields.h"
#include "citus_init/ha/group_view.h"

namespace citus_init::patroni {

// The fields that a member writes into its key of the configuration store, and that GET /cluster
// hands on as they are.
inline void read_member_fields(const nlohmann::json& object, ha::GroupMember& member) {
    member.state = text_at(object, "state");
    member.rest_url = text_at(object, "api_url");
    member.timeline = number_at(object, "timeline");
    member.restart_pending = flag_at(object, "pending_restart");
    if (const auto tags = object.find("tags"); tags != object.end()) {
        member.never_synchronous =
            flag_at(*tags, "nosync") || number_at(*tags, "sync_priority") == 0;
        member.never_leads =
            flag_at(*tags, "nofailover") || number_at(*tags, "failover_priority") == 0;
    }
}

}  // namespace citus_init::patroni
