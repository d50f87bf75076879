#pragma once

#include <string>

#include "citus_init/base/error.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// What a failure's SQLSTATE says about trying the same again.
enum class FailureKind {
    unreachable,  // connection, authentication, server starting or stopping: later it may work
    conflict,     // lock or deadlock: soon it may work
    permanent,    // nothing changes by itself
};
FailureKind failure_kind(const SqlError& error);

// Whether a server refused the login itself: role, password or pg_hba.conf.
bool is_refused_login(const SqlError& error);

// "WHAT: the error's text" with the exit code that fits: `unavailable` unless it is permanent.
Error sql_failure(const std::string& what, const SqlError& error);

}  // namespace citus_init::citus
