#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace citus_init::backup {

// "app-20261129T123456Z": the cluster's name, cut to fit, and the time in seconds since 1970.
std::string default_point_name(const std::string& cluster, std::int64_t time);

// The time in a name that default_point_name() has made for this cluster.
std::optional<std::int64_t> default_point_time(const std::string& cluster, const std::string& name);

// Why a restore point cannot have that name, a sentence without its subject and full stop; none: it
// can. At most 54 characters, so that its target fits; letters, digits, ".", "_" and "-", since it
// is a file's name in the repository and a word of pgBackRest's command line; not what
// CITUS_RESTORE takes for another thing. Pure.
std::optional<std::string> name_problem(std::string_view name);

// What the point is called in the WAL, where PostgreSQL has room for 63 bytes (MAXFNAMELEN - 1):
// "NAME.3f09a1c2". `suffix`: 8 characters, others for each attempt.
std::string point_target(const std::string& name, const std::string& suffix);

}  // namespace citus_init::backup
