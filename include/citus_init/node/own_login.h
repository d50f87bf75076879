#pragma once

#include <memory>

#include "citus_init/citus/session.h"

namespace citus_init::node {

// A connector whose sessions over the Unix socket do not depend on the user's pg_hba.conf: where
// the target's role is refused, it logs in as render::kLoginRole, by peer, and becomes the target's
// role (SET ROLE). Remembers which of the two it was. Everything else is `inner`'s.
std::unique_ptr<citus::Connector> with_own_login(std::unique_ptr<citus::Connector> inner);

}  // namespace citus_init::node
