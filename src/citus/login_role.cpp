#include "citus_init/citus/login_role.h"

#include <fmt/core.h>

#include "citus_init/citus/sqlstate.h"

namespace citus_init::citus {

namespace {

// pg_hba_file_rules is for superusers, and so is the rest that a login role is for.
constexpr const char* kLoginRole =
    "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_hba_file_rules WHERE type = 'local' "
    "AND $1 = ANY (user_name)), role.rolname IS NOT NULL, role.rolsuper AND role.rolcanlogin, "
    "pg_catalog.pg_is_in_recovery() "
    "FROM (VALUES (1)) one LEFT JOIN pg_catalog.pg_roles role ON role.rolname = $1";

}  // namespace

SqlResult<bool> ensure_login_role(Session& session, const std::string& role) {
    const auto found = session.query(kLoginRole, {role});
    if (!found) {
        return tl::unexpected(found.error());
    }
    constexpr std::size_t kHasLine = 0;
    constexpr std::size_t kExists = 1;
    constexpr std::size_t kSuperuser = 2;
    constexpr std::size_t kInRecovery = 3;
    if (found->empty() || !found->is_true(0, kHasLine)) {
        return false;
    }
    if (found->is_true(0, kExists)) {
        return found->is_true(0, kSuperuser)
                   ? SqlResult<bool>(true)
                   : tl::unexpected(SqlError{
                         sqlstate::kDuplicateObject,
                         fmt::format("the role \"{}\" exists and is no superuser, so somebody else "
                                     "made it. Drop or rename it",
                                     role),
                         {},
                         {}});
    }
    if (found->is_true(0, kInRecovery)) {
        return false;
    }
    // Citus would create it on every worker, and fail while one of them is away.
    const auto made = session.query(
        fmt::format("DO $$BEGIN SET LOCAL citus.enable_create_role_propagation = off; "
                    "SET LOCAL citus.enable_alter_role_propagation = off; "
                    "CREATE ROLE {} LOGIN SUPERUSER; END$$",
                    quote_identifier(role)));
    if (!made) {
        return tl::unexpected(made.error());
    }
    return true;
}

}  // namespace citus_init::citus
