#pragma once

#include <array>
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

// What tells a cluster from every other one.
struct ClusterIdentity {
    std::uint64_t system_identifier = 0;
    std::array<char, 32>
        nonce{};  // mock_authentication_nonce: of logins by roles that do not exist
    bool operator==(const ClusterIdentity&) const = default;
};

// The same file with another identity and the checksum that fits it. Errors: as
// parse_control_file(); a version that no PostgreSQL of 13 to 18 has.
[[nodiscard]] Result<std::string> control_file_with(std::string bytes,
                                                    const ClusterIdentity& identity);

// Whether pages have checksums (data_checksum_version). Errors: as control_file_with().
[[nodiscard]] Result<bool> has_data_checksums(std::string_view bytes);

// The first page of a WAL segment, or the start of it, of the cluster `after`, which was one of
// `before`. Errors: `data_directory`, it was not.
[[nodiscard]] Result<std::string> wal_page_with(std::string page, std::uint64_t before,
                                                std::uint64_t after);

// A running server rewrites the file in place, so a torn read is possible: it fails the checksum;
// read again.
[[nodiscard]] Result<ControlFile> read_control_file(const Filesystem& files,
                                                    const std::string& data_directory);

// What tells whether a server has run on a cluster since: the identifier and the checksum of its
// pg_control, which each start and each stop writes anew; of pg_control.old where pg_upgrade --link
// has left that alone. Errors: as read_control_file().
[[nodiscard]] Result<std::string> control_fingerprint(const Filesystem& files,
                                                      const std::string& data_directory);

// is_cleanly_shut_down() of the file there; false where it cannot be read.
bool was_cleanly_shut_down(const Filesystem& files, const std::string& data_directory);

}  // namespace citus_init::postgres
