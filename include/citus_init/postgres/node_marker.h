#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "citus_init/base/durability.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/result.h"

namespace citus_init::postgres {

// What this data directory is, as the last good start left it: "PGDATA/citus_init/marker.json".
struct NodeMarker {
    bool citus = false;             // the extension is in it
    std::string role;               // "coordinator" or "worker", "" without Citus
    std::string extension_version;  // of citus, e.g. "13.2-1"; "" = none
    std::string library_version;    // default_version of the package that last ran on it
    int postgres_major = 0;
    std::string node;                    // the name that this node is registered under
    std::string validation_fingerprint;  // of the configuration that was last validated
    std::string cluster_id;              // "" = not known
    std::string database;                // that Citus is in, "" = not known
    // Whether other nodes know it: a worker that joined, a coordinator with workers. None: a marker
    // of before this was recorded.
    std::optional<bool> is_member;
    std::string confirmed_address;  // registered, when its place was confirmed last; "" = never was
    std::uint64_t directory_id = 0;  // directory_id() at that time; 0 = never was
    bool has_login_role = false;     // render::kLoginRole exists
    std::string superuser;           // POSTGRES_USER when it was last prepared, "" = not known
    std::optional<int> group_id;     // in its cluster, with CITUS_BACKUP; none: it has not joined
    std::string preset;              // CITUS_PRESET that it was made with, "" = none
    std::string stanza;              // backup::stanza_place() that it has made; "" = none
    bool operator==(const NodeMarker&) const = default;
};

// The inode of a directory, 0 where it is unknown. A copied or restored directory has another
// one, a volume that is mounted elsewhere keeps it, and so does a snapshot of a block device.
std::uint64_t directory_id(const std::string& path);

// Whether this is another directory than the one that was confirmed last. False where none was.
bool is_copied_directory(const NodeMarker& marker, const std::string& data_directory);

// Whether pg_upgrade may have been run by hand since the last good start: it was one of another
// major version, or there was none.
bool may_come_from_pg_upgrade(const std::optional<NodeMarker>& marker, int postgres_major);

std::string node_marker_path(const std::string& data_directory);
std::string node_marker_text(const NodeMarker& marker);
[[nodiscard]] Result<NodeMarker> parse_node_marker(const std::string& text);

// None where there is none (a directory of the official image). Errors: `data_directory`; it is
// there but cannot be read, which must not pass for "no Citus in it".
[[nodiscard]] Result<std::optional<NodeMarker>> read_node_marker(const Filesystem& files,
                                                                 const std::string& data_directory);
// Atomically; makes PGDATA/citus_init (0700) where it is missing.
[[nodiscard]] Status write_node_marker(const std::string& data_directory, const NodeMarker& marker,
                                       Durability durability = Durability::synced);

// What the coming start would be.
struct NodeIntent {
    bool citus_enable = false;
    bool allow_disable = false;   // CITUS_ALLOW_DISABLE
    std::string role;             // "coordinator" or "worker"
    std::string library_version;  // default_version of the installed package, "" = unknown
    bool allow_recreate = false;  // CITUS_ALLOW_RECREATE
    std::string database;         // CITUS_DATABASE
    std::string superuser{};      // POSTGRES_USER
};

// Refuses (`config`) a start with another CITUS_PRESET than a data directory was made with: what
// has run with fsync off cannot be trusted after a crash of the machine, and what is worth keeping
// is not to run with it. `preset`: "test", or "" for none. Pure.
[[nodiscard]] Status check_preset(const std::string& made_with, const std::string& preset,
                                  const std::string& data_directory);

// Refuses (`data_directory`) a start that would let the data diverge or make the server loop: Citus
// switched off over Citus data, a library older than the extension, another role, another database.
// Pure.
[[nodiscard]] Status check_node_marker(const NodeMarker& marker, const NodeIntent& intent,
                                       const std::string& data_directory);

// Orders "MAJOR.MINOR-BUILD" by its numbers, missing ones counting as 0: 13.0-1 < 13.2-1 < 13.10-1.
std::strong_ordering compare_extension_versions(std::string_view left, std::string_view right);

}  // namespace citus_init::postgres
