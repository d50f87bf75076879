#pragma once

#include <optional>
#include <string>

#include "citus_init/ha/group_view.h"
#include "citus_init/ha/member_status.h"
#include "citus_init/ha/pulse.h"

// What Patroni's REST API answers (patroni/api.py, cluster_as_json in patroni/utils.py). All pure;
// the parsers take any bytes and ignore unknown keys.
namespace citus_init::patroni {

// GET /patroni of the member that was asked (RestApiHandler.get_postgresql_status). None where it
// is no such object.
std::optional<ha::MemberStatus> parse_member_status(const std::string& json);

// GET /cluster. None where it is no such object. A replica is "streaming" since Patroni 3.1; it is
// never synchronous by its tags, nosync or a sync_priority of 0.
std::optional<ha::GroupView> parse_group_view(const std::string& json);

// Whether Patroni is making the data directory, during which its loop stands still: initdb, a base
// backup, a restore.
bool is_being_made(const std::string& state);

// From the status of GET /liveness (none: nobody answered) and what is known of the member.
ha::Answer answer_of(std::optional<int> liveness, const ha::MemberStatus& member);

}  // namespace citus_init::patroni
