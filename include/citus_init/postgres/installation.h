#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/result.h"

namespace citus_init::postgres {

// What `postgres -V` prints: "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)".
struct ServerVersion {
    int major = 0;
    std::string text;  // "15.20", "18beta1"
    bool operator==(const ServerVersion&) const = default;
};

std::optional<ServerVersion> parse_server_version(std::string_view output);

// The major versions that citus-init is made for.
inline constexpr int kOldestMajor = 13;
inline constexpr int kNewestMajor = 18;

// Refuses one that is too old. A newer one may work, and is warned of: newer_major(). Errors:
// `config`.
[[nodiscard]] Status check_major(int major);
// The warning, "" = there is nothing to warn of.
std::string newer_major(int major);

// The major version that a Debian-style path names ("/usr/lib/postgresql/15/bin"), which saves
// running `postgres -V`. None for any other path.
std::optional<int> major_version_of_path(std::string_view bin_directory);

// The directory that holds both `postgres` and `initdb`, executable. In this order: `wanted`
// (CITUS_PG_BINDIR) and nothing else if it is set; the directories of `path` (PATH); the newest
// /usr/lib/postgresql/*/bin (Debian keeps it out of PATH); /usr/local/bin (Alpine's images).
// Errors: `config`, naming every place that was searched.
[[nodiscard]] Result<std::string> find_bin_directory(const Filesystem& files,
                                                     const std::string& wanted,
                                                     std::string_view path);

// `path` (PATH) with the bin directory at its end, where the official images put it, unless it is
// there already: init scripts call psql and pg_ctl by name.
std::string path_with(std::string_view path, const std::string& bin_directory);

}  // namespace citus_init::postgres
