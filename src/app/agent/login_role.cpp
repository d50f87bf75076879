#include "app/agent/login_role.h"

#include "citus_init/citus/login_role.h"
#include "citus_init/render/authentication_files.h"

namespace citus_init::app {

bool ensure_login_role(const AgentContext& context, Reporter& reporter) {
    if (context.settings.patroni) {
        return false;
    }
    const auto session = context.connector->connect(context.local_target());
    if (!session) {
        return false;  // whoever has just connected does so again
    }
    const auto exists = citus::ensure_login_role(**session, render::kLoginRole);
    if (!exists) {
        reporter.warning("citus-init cannot have a role of its own for the Unix socket: " +
                         exists.error().text());
        return false;
    }
    return *exists;
}

}  // namespace citus_init::app
