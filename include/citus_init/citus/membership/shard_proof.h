#pragma once

#include <optional>
#include <string>

#include "citus_init/citus/membership/candidate.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// How many of the shards that the coordinator places on a group are tables of the server there.
// Citus itself never checks: citus_activate_node() makes an emptied worker a healthy one.
struct ShardProof {
    long placed = 0;
    long missing = 0;
    bool complete() const { return missing == 0; }
};

// What the coordinator places on a group, as the server there can be asked for it.
struct ShardNames {
    long count = 0;
    std::string names;  // with their schemas, an array of texts as PostgreSQL writes it
};
[[nodiscard]] SqlResult<ShardNames> read_shard_names(Session& coordinator, int group_id);

[[nodiscard]] SqlResult<ShardProof> prove_shards(Session& worker, const ShardNames& names);

[[nodiscard]] SqlResult<StakesByGroup> read_stakes(Session& coordinator);

}  // namespace citus_init::citus
