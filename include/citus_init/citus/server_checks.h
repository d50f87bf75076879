#pragma once

#include <string>
#include <vector>

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// What the running server says is wrong in its configuration files: settings that it could not
// apply (it starts without them, Citus' own too), and lines of pg_hba.conf that it could not read.
// One line each, with file, line, reason and what to do. Needs a superuser; no Citus.
[[nodiscard]] SqlResult<std::vector<std::string>> configuration_warnings(Session& session);

// One line about the databases whose collation version is another than that of the C library (or
// ICU) that the server runs with now, as after a change of the image: what may be wrong, and the
// commands that rebuild it. "" if all versions match, and before PostgreSQL 15, which does not
// record them.
[[nodiscard]] SqlResult<std::string> collation_warning(Session& session);

}  // namespace citus_init::citus
