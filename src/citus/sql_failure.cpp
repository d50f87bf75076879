#include "citus_init/citus/sql_failure.h"

#include <fmt/core.h>

#include "citus_init/citus/sqlstate.h"

namespace citus_init::citus {

namespace {

bool in_class(const SqlError& error, std::string_view sqlstate_class) {
    return error.sqlstate.starts_with(sqlstate_class);
}

ExitCode exit_code(const SqlError& error) {
    if (error.sqlstate == sqlstate::kDiskFull) {
        return ExitCode::io;
    }
    if (error.sqlstate == sqlstate::kInsufficientPrivilege) {
        return ExitCode::permission;
    }
    // What CREATE EXTENSION says when files are missing.
    if (error.sqlstate == sqlstate::kFeatureNotSupported ||
        error.sqlstate == sqlstate::kUndefinedFile) {
        return ExitCode::config;
    }
    return failure_kind(error) == FailureKind::permanent ? ExitCode::software
                                                         : ExitCode::unavailable;
}

}  // namespace

FailureKind failure_kind(const SqlError& error) {
    // A distributed deadlock, too.
    if (error.sqlstate == sqlstate::kDeadlockDetected ||
        error.sqlstate == sqlstate::kLockNotAvailable ||
        error.sqlstate == sqlstate::kSerializationFailure) {
        return FailureKind::conflict;
    }
    // 57014 is a statement's timeout.
    if (in_class(error, sqlstate::kConnectionException) ||
        in_class(error, sqlstate::kInvalidAuthorization) ||
        in_class(error, sqlstate::kInvalidCatalog) ||
        in_class(error, sqlstate::kOperatorIntervention) ||
        error.sqlstate == sqlstate::kTooManyConnections) {
        return FailureKind::unreachable;
    }
    return FailureKind::permanent;
}

// Invalid authorization; libpq says the rest without a SQLSTATE, before it has sent anything.
bool is_refused_login(const SqlError& error) {
    return in_class(error, sqlstate::kInvalidAuthorization) ||
           error.message.find("no password supplied") != std::string::npos;
}

Error sql_failure(const std::string& what, const SqlError& error) {
    return Error{exit_code(error), fmt::format("{}: {}", what, error.text())};
}

}  // namespace citus_init::citus
