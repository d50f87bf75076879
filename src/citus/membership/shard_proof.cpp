#include "citus_init/citus/membership/shard_proof.h"

#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

SqlResult<ShardNames> read_shard_names(Session& coordinator, int group_id) {
    const auto rows = coordinator.query(statement::kShardNames, {std::to_string(group_id)});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return rows->empty() ? ShardNames{0, "{}"} : ShardNames{bigint_at(*rows, 0, 0), rows->at(0, 1)};
}

SqlResult<ShardProof> prove_shards(Session& worker, const ShardNames& names) {
    if (names.count == 0) {
        return ShardProof{};
    }
    const auto rows = worker.query(statement::kMissingShards, {names.names});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return ShardProof{names.count, rows->empty() ? names.count : bigint_at(*rows, 0, 0)};
}

SqlResult<StakesByGroup> read_stakes(Session& coordinator) {
    const auto rows = coordinator.query(statement::kStakes);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    StakesByGroup stakes;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        stakes[integer_at(*rows, row, 0)] = {bigint_at(*rows, row, 1), bigint_at(*rows, row, 2)};
    }
    return stakes;
}

}  // namespace citus_init::citus
