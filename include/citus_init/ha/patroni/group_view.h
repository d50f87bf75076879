#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace citus_init::patroni {

// What GET /cluster calls a member.
enum class Place { leader, standby_leader, synchronous, quorum, replica };

const char* place_name(Place place);

struct GroupMember {
    std::string name;
    Place place = Place::replica;
    std::string state;  // "running", since Patroni 3.1 "streaming" of a replica
    std::string host;   // of its server
    std::uint16_t port = 5432;
    std::string rest_url;  // "https://w11.example.com:8008/patroni"
    std::optional<std::int64_t> timeline;
    std::optional<std::int64_t> lag;  // bytes behind the leader; none: not known, or the leader
    bool restart_pending = false;     // a setting waits for it
    bool never_synchronous = false;   // by its tags: nosync, or a sync_priority of 0
    bool operator==(const GroupMember&) const = default;
};

// One group of the cluster, as any of its members knows it (cluster_as_json in Patroni's utils.py).
struct GroupView {
    std::vector<GroupMember> members;  // by name
    bool paused = false;

    const GroupMember* find(const std::string& name) const;
    const GroupMember* leader() const;  // null: none
    bool operator==(const GroupView&) const = default;
};

// None where it is no such object. Unknown keys are ignored. Pure, for any bytes.
std::optional<GroupView> parse_group_view(const std::string& json);

// Why the group's leader cannot hand over now, as before a planned stop of it; "" = it can. With
// `synchronous_mode` a replica has to count as synchronous, otherwise one has to be less than 1 MiB
// behind (Patroni's own limit, where nobody changed it). Pure.
std::string handover_trouble(const GroupView& group, bool synchronous_mode);

}  // namespace citus_init::patroni
