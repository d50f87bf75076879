#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/base/result.h"

namespace citus_init::backup {

// A group at a restore point.
struct PointGroup {
    int group = 0;
    std::string stanza;  // "app-1"
    std::string label;   // of the latest base backup that had finished before the point
    std::string lsn;     // "0/3000060": where the WAL was switched, right after the point
    int timeline = 0;
    std::string wal_file;  // the segment that ends there; it holds the point, or one before
    std::string system_identifier;
    std::int64_t database_bytes = 0;
    std::vector<std::string> left_timelines{};  // WalHistory::left of its server
    bool operator==(const PointGroup&) const = default;
};

// A row of pg_dist_node.
struct PointNode {
    int group = 0;
    HostPort address;
    std::string role;  // primary, secondary
    bool operator==(const PointNode&) const = default;
};

// All that a restore to a point of the cluster needs, beside the repository's settings. Written
// once the WAL of every group that holds the point is archived.
struct Manifest {
    std::string name;  // of the point
    // What it is called in the WAL, for pgBackRest's --target: the name and a suffix that no other
    // attempt has, since PostgreSQL takes a name twice, and recovery stops at the first.
    std::string target;
    std::string cluster;  // CITUS_BACKUP_NAME
    std::int64_t time =
        0;  // seconds since 1970, the coordinator's clock, before the point was made
    std::string database;
    std::string postgres_version;    // "15.14"
    std::string citus_version{};     // of the extension, "13.2-1"; "" = a server without Citus
    std::string citus_init_version;  // that wrote it
    std::vector<PointGroup> groups;  // by number, 0 first
    std::vector<PointNode> nodes;
    bool operator==(const Manifest&) const = default;

    const PointGroup* find(int group) const;
};

// JSON, with a format version. Pure.
std::string render_manifest(const Manifest& manifest);
// Pure, for any bytes. Unknown fields are ignored. Error `software`: not a manifest, incomplete,
// or in a later format.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view json);

}  // namespace citus_init::backup
