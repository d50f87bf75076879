#include "citus/own_functions.h"

#include <string>

#include <fmt/core.h>

#include "citus_init/citus/node_role.h"

#include "citus/announcement_statements.h"
#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

SqlResult<void> make(Session& coordinator, const OwnFunctions& functions) {
    const std::string comment = functions.comment + quote_literal(functions.current_version);
    std::vector<const char*> statements{statement::kBegin, statement::kAnnouncementPrologue,
                                        statement::kCreateAnnouncementSchema};
    statements.insert(statements.end(), functions.statements.begin(), functions.statements.end());
    statements.insert(statements.end(), {comment.c_str(), statement::kCommit});
    for (const char* sql : statements) {
        const auto done = coordinator.query(sql);
        if (!done) {
            static_cast<void>(coordinator.query("ROLLBACK"));
            return tl::unexpected(done.error());
        }
    }
    return {};
}

}  // namespace

SqlResult<bool> ensure_functions(Session& coordinator, const OwnFunctions& functions) {
    const auto version = coordinator.query(functions.installed_version);
    if (!version) {
        return tl::unexpected(version.error());
    }
    if (version->at(0, 0) == functions.current_version) {
        return false;
    }
    if (const auto made = make(coordinator, functions); !made) {
        return tl::unexpected(made.error());
    }
    return true;
}

SqlResult<void> let_nodes_call(Session& coordinator, const OwnFunctions& functions) {
    const auto granted = ask(coordinator, functions.may_call, {kNodeRole});
    if (!granted) {
        return tl::unexpected(granted.error());
    }
    if (*granted) {
        return {};
    }
    // Citus would grant it on the workers, which do not have the functions.
    const auto done = coordinator.query(fmt::format(fmt::runtime(functions.let_call), kNodeRole));
    if (!done) {
        return tl::unexpected(done.error());
    }
    return {};
}

}  // namespace citus_init::citus
