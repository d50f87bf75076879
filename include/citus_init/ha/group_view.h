#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/ha/lease.h"

namespace citus_init::ha {

// A member's place in its group.
enum class Place { leader, standby_leader, synchronous, quorum, replica };

const char* place_name(Place place);
// The reverse; any other name is a replica's.
Place parse_place(std::string_view name);

struct GroupMember {
    std::string name;
    Place place = Place::replica;
    std::string state;  // "running", "streaming" of a replica, or another in the manager's terms
    std::string host;   // of its server
    std::uint16_t port = 5432;
    std::string rest_url;  // of its manager: "https://w11.example.com:8008/patroni"
    std::optional<std::int64_t> timeline;
    std::optional<std::int64_t> lag;  // bytes behind the leader; none: not known, or the leader
    bool restart_pending = false;     // a setting waits for it
    bool never_synchronous = false;   // by its configuration
    bool never_leads = false;         // the same
    std::string version{};            // of its manager, "" = not known
    bool has_old_version = false;     // one that may lose rows
    bool operator==(const GroupMember&) const = default;
};

// One group of the cluster, as any of its members knows it.
struct GroupView {
    std::vector<GroupMember> members;  // by name
    bool paused = false;

    const GroupMember* find(const std::string& name) const;
    const GroupMember* leader() const;  // null: none
    bool operator==(const GroupView&) const = default;
};

// One group as the DCS has it, whether a member of it responds or not.
struct StoredGroup {
    GroupView members;
    std::string leader;  // of the leader key, which the DCS drops after ttl seconds; "" = none
    // The DCS's id of the lease that the leader key ends with, "" = none. The leader renews it each
    // loop_wait.
    std::string leader_lease;
    // Beside the list of synchronous replicas; "" = none, as without synchronous mode. After
    // `leader` has changed it is the old one until the new leader has written the list.
    std::string sync_leader;
    // Where a member is that restores the group before any of its servers runs; "" = none does.
    std::string restoring_host{};
    std::optional<Lease> lease{};  // that applies in this group; none: not known
    bool operator==(const StoredGroup&) const = default;
};

}  // namespace citus_init::ha
