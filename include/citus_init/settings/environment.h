#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/settings/settings.h"

namespace citus_init::settings {

// The environment as a map. Of two equal names the last one counts, as in bash, which the official
// entrypoint is written in.
using Environment = std::map<std::string, std::string>;

// From environ(7): entries without '=' or with an empty name are left out.
Environment environment_from(const char* const* entries);

// "NAME=value" each, as exec(2) takes it.
std::vector<std::string> as_list(const Environment& environment);

// The same as one string, "NAME=value" each followed by a NUL: what our own children read from
// their memfd. parse_environment_block(environment_block(x)) == x.
std::string environment_block(const Environment& environment);
Environment parse_environment_block(std::string_view block);

// What to do with the PGPASSWORD that came with the container. The official entrypoint unsets it
// after a bootstrap, even the user's, and keeps it where there was nothing to bootstrap.
enum class UserPgpassword { drop, keep };

// For postgres, initdb and what else we start on our own account: no secret of the registry,
// neither NAME nor NAME_FILE, and no unknown CITUS_* that may be one mistyped. Not for a command
// that the user passed on, which gets the environment untouched: it may well run the entrypoint
// itself.
Environment child_environment(const Environment& environment, UserPgpassword pgpassword);

struct PatroniEnvironment {
    Environment environment;
    std::vector<std::string> passed_on;  // the PATRONI_* that are left, sorted: for the log
};

// For Patroni: as child_environment(), and without the PATRONI_* of the registry. These are in the
// file that is rendered for it, and Patroni lets its environment beat that file.
PatroniEnvironment patroni_environment(const Environment& environment);

// For /docker-entrypoint-initdb.d, as the official image gives it: POSTGRES_USER, _PASSWORD, _DB
// and _INITDB_ARGS with defaults filled in and their _FILE twins gone, PGPASSWORD (the user's, or
// POSTGRES_PASSWORD). The password is there because scripts ask for it; no secret of ours is, and
// no line of the server's configuration, which may hold one (CITUS_GUC_*, CITUS_POSTGRESQL_CONF,
// CITUS_PG_HBA).
Environment init_script_environment(const Environment& environment, const Settings& settings);

}  // namespace citus_init::settings
