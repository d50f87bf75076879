#include "agent/login_role.h"

#include "citus_init/citus/login_role.h"
#include "citus_init/render/authentication_files.h"

namespace citus_init::agent {

bool ensure_login_role(citus::Session& local, Reporter& reporter) {
    const auto exists = citus::ensure_login_role(local, render::kLoginRole);
    if (!exists) {
        reporter.warning("citus-init cannot have a role of its own for the Unix socket: " +
                         exists.error().text());
        return false;
    }
    return *exists;
}

}  // namespace citus_init::agent
