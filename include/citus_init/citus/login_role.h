#pragma once

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// Makes `role`, a superuser without a password, on this node only, where pg_hba.conf has a line for
// it and it is missing. True: it exists, is a superuser and may log in. False: no line, or the
// server is in recovery and the role is missing. Fails where a role of that name exists that is no
// superuser: somebody else made it, and it is left as it is. Needs a superuser's session.
[[nodiscard]] SqlResult<bool> ensure_login_role(Session& session, const std::string& role);

}  // namespace citus_init::citus
