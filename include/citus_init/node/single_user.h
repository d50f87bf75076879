#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus_init/settings/settings.h"

namespace citus_init::node {

// What one session of `postgres --single` does.
struct SingleUserSession {
    std::string database;
    std::string preload;            // shared_preload_libraries, "" = none
    std::string statements;         // for -j: each ends with a semicolon and an empty line
    std::string goal;               // what fails with it, behind "cannot"
    std::string changes;            // what was done, in the past tense; "" = nothing to tell
    bool changes_catalogs = false;  // by UPDATE, which takes allow_system_table_mods
};

// The sessions, in order, that give the cluster that initdb has just made its databases and the
// extension. Empty: it has them. None: they take a server, because of its major version or of a
// name. Pure.
std::optional<std::vector<SingleUserSession>> single_user_sessions(
    const settings::Settings& settings, int postgres_major, bool with_columnar);

}  // namespace citus_init::node
