#include "citus_init/backup/cluster/cluster_groups.h"

#include <cstdint>

#include "citus_init/base/parallel.h"
#include "citus_init/base/text.h"
#include "citus_init/base/wal_segment.h"
#include "citus_init/citus/cluster.h"
#include "citus_init/citus/wal_position.h"

namespace citus_init::backup {

namespace {

// The position of the next record: right behind a switch it is in the next segment already.
constexpr const char* kWalHistory =
    "SELECT wal.file, "
    "pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size')), "
    "pg_catalog.pg_read_file('pg_wal/' || pg_catalog.substr(wal.file, 1, 8) || '.history', 0, "
    "65536, true) FROM pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()) "
    "AS wal(file)";

}  // namespace

citus::SqlResult<WalHistory> read_wal_history(citus::Session& session) {
    constexpr long long kLargestSegment = 1LL << 30;
    const auto rows = session.query(kWalHistory);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    WalHistory history{rows->at(0, 0)};
    const auto segment_bytes = parse_integer(rows->at(0, 1), 1, kLargestSegment);
    for (const auto& [timeline, end] : citus::parse_timeline_history(rows->at(0, 2))) {
        if (segment_bytes) {
            history.left.push_back(
                wal_segment_name(wal_segment_at(static_cast<std::uint32_t>(timeline), end,
                                                static_cast<std::uint64_t>(*segment_bytes))));
        }
    }
    return history;
}

citus::SqlResult<std::vector<ClusterGroup>> read_cluster_groups(const ClusterAccess& access,
                                                                citus::Session& coordinator) {
    constexpr std::size_t kThreads = 16;
    std::vector<ClusterGroup> groups{{0}};
    std::vector<citus::ConnectionTarget> targets{access.coordinator};
    if (access.has_citus) {
        const auto cluster = citus::read_cluster(coordinator);
        if (!cluster) {
            return tl::unexpected(cluster.error());
        }
        for (const auto& worker : cluster->workers) {
            groups.push_back({worker.group_id});
            targets.push_back(access.node);
            targets.back().host = worker.address.host;
            targets.back().port = worker.address.port;
        }
    }
    in_parallel(groups.size(), kThreads, [&](std::size_t i) {
        const auto session = access.connector->connect(targets[i]);
        auto history = session ? read_wal_history(**session)
                               : citus::SqlResult<WalHistory>(tl::unexpected(session.error()));
        if (history) {
            groups[i].wal = std::move(*history);
        }
    });
    return groups;
}

}  // namespace citus_init::backup
