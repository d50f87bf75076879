#include "citus_init/citus/operations/node_removal.h"

#include <functional>
#include <thread>

#include "citus_init/base/text.h"
#include "citus_init/citus/membership/node_record.h"
#include "citus_init/citus/node_facts.h"

#include "citus/membership/addition.h"
#include "citus/row_values.h"

namespace citus_init::citus {

namespace {

// A reference table has a copy on every node; a local table of the coordinator ('n' too) has none.
constexpr const char* kHoldings =
    "WITH held AS (SELECT placement.shardid, shard.logicalrelid, partition.partmethod, "
    "NOT EXISTS (SELECT 1 FROM pg_catalog.pg_dist_placement other "
    "WHERE other.shardid = placement.shardid AND other.groupid <> placement.groupid) AS sole "
    "FROM pg_catalog.pg_dist_placement placement "
    "JOIN pg_catalog.pg_dist_shard shard USING (shardid) "
    "JOIN pg_catalog.pg_dist_partition partition USING (logicalrelid) "
    "WHERE placement.groupid = $1::int) "
    "SELECT count(*) FILTER (WHERE partmethod <> 'n' OR sole), count(*) FILTER (WHERE sole), "
    "coalesce(string_agg(DISTINCT logicalrelid::text, E'\\n') FILTER (WHERE sole), '') FROM held";

constexpr const char* kOtherDraining =
    "SELECT DISTINCT node.nodename, node.nodeport FROM pg_catalog.pg_dist_node node "
    "JOIN pg_catalog.pg_dist_placement placement USING (groupid) "
    "JOIN pg_catalog.pg_dist_shard USING (shardid) "
    "JOIN pg_catalog.pg_dist_partition USING (logicalrelid) "
    "WHERE node.noderole = 'primary' AND NOT node.shouldhaveshards AND partmethod <> 'n' "
    "AND node.groupid <> $1::int ORDER BY 1, 2";

constexpr const char* kOtherShardNode =
    "SELECT count(*) > 0 FROM pg_catalog.pg_dist_node WHERE noderole = 'primary' AND isactive "
    "AND shouldhaveshards AND groupid <> $1::int";

constexpr const char* kSetShouldHaveShards =
    "SELECT pg_catalog.citus_set_node_property($1, $2::int, 'shouldhaveshards', $3::bool)";

constexpr const char* kCleanUp = "CALL pg_catalog.citus_cleanup_orphaned_resources()";
constexpr const char* kCleanUpLeft =
    "SELECT count(*) FROM pg_catalog.pg_dist_cleanup WHERE node_group_id = $1::int";

// shard_name() leaves the schema out for `public` only.
constexpr const char* kReferenceCopies =
    "SELECT CASE WHEN relnamespace = pg_catalog.to_regnamespace('public') THEN 'public.' ELSE '' "
    "END "
    "|| pg_catalog.shard_name(shard.logicalrelid, shard.shardid) "
    "FROM pg_catalog.pg_dist_placement placement "
    "JOIN pg_catalog.pg_dist_shard shard USING (shardid) "
    "JOIN pg_catalog.pg_dist_partition partition USING (logicalrelid) "
    "LEFT JOIN pg_catalog.pg_class ON pg_class.oid = logicalrelid "
    "WHERE placement.groupid = $1::int AND partition.partmethod = 'n' ORDER BY 1";
constexpr const char* kWhatIsThere =
    "SELECT name FROM pg_catalog.unnest($1::text[]) name "
    "WHERE pg_catalog.to_regclass(name) IS NOT NULL";

constexpr const char* kStopSync = "SELECT pg_catalog.stop_metadata_sync_to_node($1, $2::int)";
constexpr const char* kRemove = "SELECT pg_catalog.citus_remove_node($1, $2::int)";

std::vector<std::string> first_column(const Rows& rows) {
    std::vector<std::string> values;
    for (std::size_t row = 0; row < rows.values.size(); ++row) {
        values.push_back(rows.at(row, 0));
    }
    return values;
}

// An array literal. The names are quoted identifiers themselves.
std::string as_array(const std::vector<std::string>& values) {
    std::string text = "{";
    for (const std::string& value : values) {
        text += text.size() > 1 ? ",\"" : "\"";
        for (const char c : value) {
            text += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
        }
        text += '"';
    }
    return text + "}";
}

// In one statement, since foreign keys may tie them to each other.
SqlResult<void> drop_copies(Session& removed, const std::vector<std::string>& names) {
    const auto rows = removed.query(kWhatIsThere, {as_array(names)});
    if (!rows || rows->empty()) {
        return without_rows(rows);
    }
    return without_rows(removed.query("DROP TABLE " + join(first_column(*rows), ", ")));
}

// In the same transaction: a supervisor that sees the node without a row must know already.
SqlResult<void> note_removal(Session& coordinator, const RegisteredNode& node, Session& removed) {
    const auto server = read_server_facts(removed);
    if (!server) {
        return tl::unexpected(server.error());
    }
    const auto membership = read_membership_facts(removed);
    if (!membership) {
        return tl::unexpected(membership.error());
    }
    return write_record(coordinator, {node.node_id,
                                      node.group_id,
                                      node.address,
                                      {server->system_identifier, membership->server_id},
                                      server->started_at});
}

// In a transaction that is undone where Citus went to another server than is held.
SqlResult<void> call_held(Session& coordinator, const std::function<SqlResult<void>()>& work,
                          const HeldWorkers& held) {
    const auto mark = connection_mark(coordinator);
    if (!mark) {
        return tl::unexpected(mark.error());
    }
    return in_transaction(coordinator, work, [&] { return held.missing_connection(*mark); });
}

}  // namespace

SqlResult<Holdings> read_holdings(Session& coordinator, int group_id) {
    const auto rows = coordinator.query(kHoldings, {std::to_string(group_id)});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    Holdings holdings;
    holdings.placements = bigint_at(*rows, 0, 0);
    holdings.sole_placements = bigint_at(*rows, 0, 1);
    if (!rows->at(0, 2).empty()) {
        holdings.tables = split(rows->at(0, 2), '\n');
    }
    return holdings;
}

SqlResult<std::vector<HostPort>> other_draining_nodes(Session& coordinator, int group_id) {
    const auto rows = coordinator.query(kOtherDraining, {std::to_string(group_id)});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::vector<HostPort> nodes;
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        nodes.push_back(address_at(*rows, row, 0));
    }
    return nodes;
}

SqlResult<bool> has_other_shard_node(Session& coordinator, int group_id) {
    return ask(coordinator, kOtherShardNode, {std::to_string(group_id)});
}

SqlResult<void> set_should_have_shards(Session& coordinator, const RegisteredNode& node,
                                       bool wanted, const HeldWorkers& held) {
    const auto set = [&] {
        return without_rows(coordinator.query(
            kSetShouldHaveShards,
            {node.address.host, std::to_string(node.address.port), wanted ? "true" : "false"}));
    };
    return call_held(coordinator, set, held);
}

SqlResult<std::int64_t> clean_up(Session& coordinator, int group_id,
                                 std::chrono::milliseconds timeout) {
    constexpr std::chrono::milliseconds kPause{500};
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    for (;;) {
        const auto called = coordinator.query(kCleanUp);
        if (!called) {
            return tl::unexpected(called.error());
        }
        const auto rows = coordinator.query(kCleanUpLeft, {std::to_string(group_id)});
        if (!rows) {
            return tl::unexpected(rows.error());
        }
        const std::int64_t left = bigint_at(*rows, 0, 0);
        if (left == 0 || std::chrono::steady_clock::now() >= deadline) {
            return left;
        }
        std::this_thread::sleep_for(kPause);
    }
}

SqlResult<std::vector<std::string>> reference_copies(Session& coordinator, int group_id) {
    const auto rows = coordinator.query(kReferenceCopies, {std::to_string(group_id)});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    return first_column(*rows);
}

SqlResult<void> remove_empty_node(Session& coordinator, const RegisteredNode& node,
                                  const HeldWorkers& held) {
    const std::vector<std::string> address{node.address.host, std::to_string(node.address.port)};
    const auto copies = reference_copies(coordinator, node.group_id);
    if (!copies) {
        return tl::unexpected(copies.error());
    }
    if (auto made = ensure_record_table(coordinator); !made) {
        return made;
    }
    Session* removed = held.session_on(node.address);
    const auto remove = [&]() -> SqlResult<void> {
        if (removed != nullptr) {
            if (auto noted = note_removal(coordinator, node, *removed); !noted) {
                return noted;
            }
            if (auto executed = without_rows(coordinator.query(kStopSync, address)); !executed) {
                return executed;
            }
        }
        return without_rows(coordinator.query(kRemove, address));
    };
    if (auto gone = call_held(coordinator, remove, held); !gone) {
        return gone;
    }
    return removed == nullptr ? SqlResult<void>() : drop_copies(*removed, *copies);
}

}  // namespace citus_init::citus
