#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "citus_init/base/result.h"

namespace citus_init::postgres {

// How far the making of a data directory came. Until `init_scripts` nothing of the user's can be in
// it, so it can be made again without asking.
enum class BootstrapPhase {
    initdb,        // initdb runs, or its result is being moved into place
    prepare,       // the bootstrap server runs: database, extension
    init_scripts,  // the user's own code has run, at least in part
};

const char* bootstrap_phase_name(BootstrapPhase phase);

// "PGDATA/citus_init.bootstrap.json": there from before initdb until the bootstrap is complete, so
// a directory that has it is incomplete.
struct BootstrapMarker {
    BootstrapPhase phase = BootstrapPhase::initdb;
    std::string program_version;  // ours
    int postgres_major = 0;
    // The WAL directory outside of the data directory that initdb fills, which was empty when the
    // bootstrap began; "" = none.
    std::string wal_directory;
    std::string created;  // RFC 3339 UTC
    // Of the cluster that this bootstrap makes; 0 = it has made none yet. None: not recorded, by an
    // older version or since pg_control could not be read.
    std::optional<std::uint64_t> system_identifier = 0;
    bool operator==(const BootstrapMarker&) const = default;
};

inline constexpr std::string_view kBootstrapMarkerName = "citus_init.bootstrap.json";
// Where initdb makes the cluster, within the data directory, since it insists on an empty one.
inline constexpr std::string_view kInitdbDirectoryName = "citus_init.initdb";

std::string bootstrap_marker_text(const BootstrapMarker& marker);
// Errors: `data_directory`; the text is no marker of ours.
[[nodiscard]] Result<BootstrapMarker> parse_bootstrap_marker(const std::string& text);

// Writes or replaces it, durably (fsync of file and directory).
[[nodiscard]] Status write_bootstrap_marker(const std::string& data_directory,
                                            const BootstrapMarker& marker);
// Durably too; to be called when everything else of the bootstrap is on disk. No marker is fine.
[[nodiscard]] Status remove_bootstrap_marker(const std::string& data_directory);

// Removes what a bootstrap of the major version `major` made: everything in the data directory, its
// directories in tablespaces that init scripts made, and the WAL in `wal_directory` ("" = none;
// entries that PostgreSQL does not make are left alone). The marker goes last, so that being killed
// in the middle leaves a directory that is still known as incomplete. The directories themselves
// stay. Blocks for as long as the file system needs to unlink.
[[nodiscard]] Status discard_bootstrap(const std::string& data_directory,
                                       const std::string& wal_directory, int major);

// Whether a name in a WAL directory is one of PostgreSQL's own.
bool is_wal_entry(std::string_view name);

}  // namespace citus_init::postgres
