#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/citus/node_facts.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// Who the coordinator knows to be behind a row of pg_dist_node: kept in citus_init.node, a table of
// the coordinator alone that Citus does not carry to other nodes.
struct NodeRecord {
    int node_id = 0;  // never used twice by Citus
    int group_id = 0;
    HostPort address;  // when it was recorded
    Identity identity;
    // The ServerFacts::started_at with which `citus-init remove` took it out; "" = it did not. As
    // long as that very server runs, it is not wanted back, whoever names or announces it.
    std::string removed_start{};
    // The furthest WAL position that was seen of it; not known right after it was recorded.
    WalPosition furthest{};
    // Where another server with its identity was seen while it answered; "" = nowhere.
    std::string copy_seen{};
    // Where it was when it was seen behind `furthest`, at its own address; 0 = never. Its own WAL
    // grows beyond `furthest` again and the rows stay missing, so only an operator takes it back.
    std::uint64_t behind_lsn = 0;
    bool operator==(const NodeRecord&) const = default;
};

// By node id; none where there is no table yet. Records of removed nodes stay.
[[nodiscard]] SqlResult<std::vector<NodeRecord>> read_records(Session& coordinator);

[[nodiscard]] SqlResult<void> ensure_record_table(Session& coordinator);

// Makes the table if need be. Forgets position and copies. Replaces what is known of that node and
// of that identity.
[[nodiscard]] SqlResult<void> write_record(Session& coordinator, const NodeRecord& record);

// Of a recorded node; does nothing where it is no further, or said already.
[[nodiscard]] SqlResult<void> note_position(Session& coordinator, int node_id,
                                            const WalPosition& position);
[[nodiscard]] SqlResult<void> note_behind(Session& coordinator, int node_id,
                                          const WalPosition& position);
[[nodiscard]] SqlResult<void> note_copy(Session& coordinator, int node_id, const HostPort& address);

[[nodiscard]] SqlResult<void> forget_record(Session& coordinator, int node_id);

}  // namespace citus_init::citus
