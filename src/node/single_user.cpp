#include "citus_init/node/single_user.h"

#include <algorithm>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/extension_statements.h"
#include "citus_init/citus/session.h"

namespace citus_init::node {

namespace {

// Before 15 single-user mode loads no shared_preload_libraries, which Citus has to be one of.
constexpr int kFirstWithPreloading = 15;

// Only a postmaster's processes begin with FirstNormalObjectId (access/transam.h), 16384; in
// single-user mode the counter goes on where initdb has left it. pg_dump takes what is below for
// the system's. Takes each number until then, some 3,000.
constexpr const char* kUseNormalNumbers =
    "SELECT FROM pg_catalog.generate_series(1, 16384) WHERE pg_catalog.pg_nextoid("
    "'pg_catalog.pg_class', 'oid', 'pg_catalog.pg_class_oid_index') >= 16383 LIMIT 1;\n\n";

bool is_made_by_initdb(const std::string& database) {
    return database == "postgres" || database == "template1" || database == "template0";
}

// A session in single-user mode does not convert what it reads to the encoding of its database, and
// a line break could end the statement.
bool is_printable_ascii(std::string_view name) {
    return std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::vector<std::string> missing_databases(const settings::Settings& settings) {
    std::vector<std::string> names{settings.postgres.database};
    if (settings.citus.enable && settings.citus.database != settings.postgres.database) {
        names.push_back(settings.citus.database);
    }
    std::erase_if(names, is_made_by_initdb);
    return names;
}

}  // namespace

std::optional<std::vector<SingleUserSession>> single_user_sessions(
    const settings::Settings& settings, int postgres_major, bool with_columnar) {
    const auto missing = missing_databases(settings);
    if (!std::all_of(missing.begin(), missing.end(), is_printable_ascii) ||
        (settings.citus.enable && postgres_major < kFirstWithPreloading)) {
        return std::nullopt;
    }
    std::vector<SingleUserSession> sessions;
    for (const auto& name : missing) {
        const std::string what = fmt::format("the database \"{}\"", name);
        sessions.push_back({"template1", "",
                            fmt::format("CREATE DATABASE {};\n\n", citus::quote_identifier(name)),
                            "create " + what, "created " + what, false});
    }
    if (settings.citus.enable) {
        sessions.push_back({settings.citus.database, "citus",
                            citus::create_extension_statements(with_columnar) + "\n\n",
                            "create the extension citus",
                            citus::created_extension_text(with_columnar), false});
    }
    if (!sessions.empty()) {
        sessions.front().statements.insert(0, kUseNormalNumbers);
    }
    return sessions;
}

}  // namespace citus_init::node
