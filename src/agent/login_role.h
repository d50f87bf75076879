#pragma once

#include "citus_init/agent/reporter.h"
#include "citus_init/citus/session.h"

namespace citus_init::agent {

// Makes the role of our own sessions where pg_hba.conf has a line for it; `local`: a superuser's
// session on this node. Whether it is there; what prevents it is a warning, because the node serves
// its clients without it.
bool ensure_login_role(citus::Session& local, Reporter& reporter);

}  // namespace citus_init::agent
