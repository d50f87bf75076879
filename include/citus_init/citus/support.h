#pragma once

#include <optional>
#include <span>
#include <string>

#include "citus_init/citus/version.h"

namespace citus_init::citus {

// One release of Citus and the PostgreSQL that it is built for (configure.ac of its tag).
struct CitusRelease {
    int major;
    int minor;
    int oldest_postgres;
    int newest_postgres;
    bool released;  // false: only its development branch was seen
};

// Every pair that citus-init runs, oldest Citus first. Messages, package names and the first table
// of docs/compatibility.md come from here.
std::span<const CitusRelease> citus_releases();

// The versions of PostgreSQL that the table has a Citus for.
inline constexpr int kOldestPairedPostgres = 13;
inline constexpr int kNewestPairedPostgres = 18;

// Why this Citus cannot run on that PostgreSQL, in words, with a package that does; none where it
// can, or where this Citus is newer than the table.
std::optional<std::string> incompatibility(const ExtensionVersion& citus, int postgres_major);

// What to say of a pair that may run and was never tested: a Citus that is not released, or one
// that is newer than the table. "" for a supported pair and for one that incompatibility() refuses.
std::string untested_pair(const ExtensionVersion& citus, int postgres_major);

// The newest released Citus of that table for a PostgreSQL, "13.2"; none where it has none.
std::optional<std::string> newest_citus_for(int postgres_major);

// The name of that Citus' package in its publisher's repository: "postgresql-17-citus-14.0".
std::optional<std::string> newest_package_for(int postgres_major);

// The first table of docs/compatibility.md: a line for each release, a column for each PostgreSQL.
std::string support_markdown();

}  // namespace citus_init::citus
