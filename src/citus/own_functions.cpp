#include "citus/own_functions.h"

#include <string>

#include <fmt/core.h>

#include "citus_init/citus/node_role.h"

#include "citus/announcement_statements.h"
#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

// In one transaction, on this node only.
SqlResult<void> run_here(Session& session, const std::vector<const char*>& statements) {
    std::vector<const char*> all{statement::kBegin, statement::kAnnouncementPrologue};
    all.insert(all.end(), statements.begin(), statements.end());
    all.push_back(statement::kCommit);
    for (const char* sql : all) {
        if (const auto done = session.query(sql); !done) {
            static_cast<void>(session.query(statement::kRollback));
            return tl::unexpected(done.error());
        }
    }
    return {};
}

}  // namespace

SqlResult<void> make_in_own_schema(Session& session, const std::vector<const char*>& statements) {
    std::vector<const char*> all{statement::kCreateMissingSchema};
    all.insert(all.end(), statements.begin(), statements.end());
    return run_here(session, all);
}

SqlResult<void> make_own_schema(Session& session) {
    return run_here(session, {statement::kCreateSchema});
}

SqlResult<bool> ensure_functions(Session& coordinator, const OwnFunctions& functions) {
    const auto version = coordinator.query(functions.installed_version);
    if (!version) {
        return tl::unexpected(version.error());
    }
    if (version->at(0, 0) == functions.current_version) {
        return false;
    }
    const std::string comment = functions.comment + quote_literal(functions.current_version);
    auto statements = functions.statements;
    statements.push_back(comment.c_str());
    if (const auto made = make_in_own_schema(coordinator, statements); !made) {
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
