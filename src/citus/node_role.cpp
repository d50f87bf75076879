#include "citus_init/citus/node_role.h"

#include <fmt/core.h>

namespace citus_init::citus {

SqlResult<void> ensure_node_role(Session& session) {
    const auto found =
        session.query("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", {kNodeRole});
    if (!found) {
        return tl::unexpected(found.error());
    }
    if (!found->empty()) {
        return {};
    }
    // Citus would create it on every worker, and fail while one of them is away.
    const auto made = session.query(
        fmt::format("DO $$BEGIN SET LOCAL citus.enable_create_role_propagation = off; "
                    "SET LOCAL citus.enable_alter_role_propagation = off; "
                    "CREATE ROLE {} LOGIN NOINHERIT; END$$",
                    kNodeRole));
    if (!made) {
        return tl::unexpected(made.error());
    }
    return {};
}

}  // namespace citus_init::citus
