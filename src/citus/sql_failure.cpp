#include "citus_init/citus/sql_failure.h"

#include <fmt/core.h>

namespace citus_init::citus {

namespace {

// SQLSTATEs of PostgreSQL's appendix A.
bool in_class(const SqlError& error, const char* sqlstate_class) {
    return error.sqlstate.starts_with(sqlstate_class);
}

ExitCode exit_code(const SqlError& error) {
    if (error.sqlstate == "53100") {  // disk_full
        return ExitCode::io;
    }
    if (error.sqlstate == "42501") {  // insufficient_privilege
        return ExitCode::permission;
    }
    // feature_not_supported and undefined_file: what CREATE EXTENSION says when files are missing.
    if (error.sqlstate == "0A000" || in_class(error, "58P01")) {
        return ExitCode::config;
    }
    return failure_kind(error) == FailureKind::permanent ? ExitCode::software
                                                         : ExitCode::unavailable;
}

}  // namespace

FailureKind failure_kind(const SqlError& error) {
    // deadlock_detected (a distributed one too), lock_not_available, serialization_failure
    if (error.sqlstate == "40P01" || error.sqlstate == "55P03" || error.sqlstate == "40001") {
        return FailureKind::conflict;
    }
    // connection, invalid authorization, no such database, operator intervention (57014 is a
    // statement's timeout), too many connections
    if (in_class(error, "08") || in_class(error, "28") || in_class(error, "3D") ||
        in_class(error, "57") || error.sqlstate == "53300") {
        return FailureKind::unreachable;
    }
    return FailureKind::permanent;
}

// Invalid authorization; libpq says the rest without a SQLSTATE, before it has sent anything.
bool is_refused_login(const SqlError& error) {
    return in_class(error, "28") || error.message.find("no password supplied") != std::string::npos;
}

Error sql_failure(const std::string& what, const SqlError& error) {
    return Error{exit_code(error), fmt::format("{}: {}", what, error.text())};
}

}  // namespace citus_init::citus
