#pragma once

#include "citus_init/citus/session.h"

namespace citus_init::citus {

// The schema citus_init holds what is ours in a database: tables, and functions that run with the
// rights of the superuser who made them. Whoever owns the database could have made the schema
// first, with views, triggers and functions of his own, which our sessions would run as superuser.

// Every object in the schema, if there is one, belongs to a superuser, and our tables are plain
// tables without triggers, rules and policies. Reads the catalogs only, as any role may. Error
// 42501 names the object, its owner, and what to do; to be shown.
[[nodiscard]] SqlResult<void> check_own_schema(Session& session);

// The same, and creates a missing schema, on this node only, so that nobody else creates it later.
// Superuser, no open transaction; a server in recovery is only checked.
[[nodiscard]] SqlResult<void> ensure_own_schema(Session& session);

}  // namespace citus_init::citus
