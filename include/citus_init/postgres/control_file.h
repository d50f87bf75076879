#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/result.h"

namespace citus_init::postgres {

// DBState of PostgreSQL's catalog/pg_control.h, the same numbers since 9.1.
enum class ClusterState : int {
    starting_up = 0,
    shut_down = 1,
    shut_down_in_recovery = 2,
    shutting_down = 3,
    in_crash_recovery = 4,
    in_archive_recovery = 5,
    in_production = 6,
};

const char* cluster_state_name(ClusterState state);

// The start of global/pg_control, whose layout is fixed over the versions.
struct ControlFile {
    std::uint64_t system_identifier = 0;
    std::uint32_t control_version = 0;  // 1300 for PostgreSQL 13 to 16
    std::uint32_t catalog_version = 0;
    ClusterState state = ClusterState::starting_up;
    bool operator==(const ControlFile&) const = default;
};

// The only proof of a clean stop: an immediate shutdown ends with exit status 0 as well.
bool is_cleanly_shut_down(const ControlFile& control);

// `bytes` is the whole file (8 KiB). Errors: `data_directory` for a wrong size, a checksum that
// does not fit, an unknown state.
[[nodiscard]] Result<ControlFile> parse_control_file(std::string_view bytes);

// A running server rewrites the file in place, so a torn read is possible: it fails the checksum;
// read again.
[[nodiscard]] Result<ControlFile> read_control_file(const Filesystem& files,
                                                    const std::string& data_directory);

// is_cleanly_shut_down() of the file there; false where it cannot be read.
bool was_cleanly_shut_down(const Filesystem& files, const std::string& data_directory);

}  // namespace citus_init::postgres
