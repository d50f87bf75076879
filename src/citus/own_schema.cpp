#include "citus_init/citus/own_schema.h"

#include <string>
#include <vector>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/sqlstate.h"

#include "citus/own_functions.h"
#include "citus/own_schema_statements.h"
#include "citus/row_values.h"

namespace citus_init::citus {

namespace {

// Somebody was quicker: before our statement, or beside it.
bool is_there_by_now(const SqlError& error) {
    return error.sqlstate == sqlstate::kDuplicateSchema ||
           error.sqlstate == sqlstate::kUniqueViolation;
}

}  // namespace

SqlResult<void> check_own_schema(Session& session) {
    const std::vector<std::string> tables(statement::kOwnTables.begin(),
                                          statement::kOwnTables.end());
    const auto found = session.query(statement::kForeignObject, {"{" + join(tables, ",") + "}"});
    if (!found) {
        return tl::unexpected(found.error());
    }
    if (found->empty()) {
        return {};
    }
    const std::string why =
        found->is_true(0, 2)
            ? std::string("is none that citus-init makes")
            : fmt::format("belongs to \"{}\", who is no superuser", found->at(0, 1));
    return tl::unexpected(SqlError{
        sqlstate::kInsufficientPrivilege,
        fmt::format("{} {}, and what is in it would run with a superuser's rights. Inspect it, "
                    "then, as superuser, move it out of the way: ALTER SCHEMA citus_init RENAME TO "
                    "citus_init_foreign",
                    found->at(0, 0), why),
        {},
        {}});
}

SqlResult<void> ensure_own_schema(Session& session) {
    const auto missing = ask(session, statement::kMayMakeOwnSchema);
    if (!missing) {
        return tl::unexpected(missing.error());
    }
    if (*missing) {
        // Nobody else makes anything in a superuser's schema.
        auto made = make_own_schema(session);
        if (made || !is_there_by_now(made.error())) {
            return made;
        }
    }
    return check_own_schema(session);
}

}  // namespace citus_init::citus
