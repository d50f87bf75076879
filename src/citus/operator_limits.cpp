#include "citus_init/citus/operator_limits.h"

#include "citus/row_values.h"

namespace citus_init::citus {

SqlResult<void> limit_operators_session(Session& session) {
    return without_rows(
        session.query("SELECT pg_catalog.set_config('lock_timeout', '5s', false), "
                      "pg_catalog.set_config('statement_timeout', '120s', false), "
                      "pg_catalog.set_config('citus.node_connection_timeout', '3s', false)"));
}

}  // namespace citus_init::citus
