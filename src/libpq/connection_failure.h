#pragma once

#include <string_view>

#include "citus_init/citus/session.h"

namespace citus_init::libpq {

// The error in libpq's message of a failed connection, written at PQERRORS_VERBOSE:
// `connection to server ... failed: FATAL:  3D000: database "x" does not exist` and a LOCATION
// line. The SQLSTATE and the server's words where a server answered, else 08006 and all of it.
citus::SqlError connection_failure(std::string_view message);

}  // namespace citus_init::libpq
