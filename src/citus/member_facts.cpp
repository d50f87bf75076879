#include "citus_init/citus/member_facts.h"

#include <fmt/core.h>

#include "citus/member_statements.h"
#include "citus/row_values.h"

namespace citus_init::citus {

namespace {

using std::chrono::seconds;

std::string interval(seconds time) {
    return fmt::format("{} seconds", time.count());
}

SqlResult<void> add_transactions(Session& session, seconds from, MemberFacts& facts) {
    const auto rows = session.query(statement::kOldTransactions, {interval(from)});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        facts.old_transactions.push_back({rows->at(row, 0), seconds(bigint_at(*rows, row, 1))});
    }
    return {};
}

SqlResult<void> add_updates(Session& session, seconds from, MemberFacts& facts) {
    const auto rows = session.query(statement::kStuckUpdates, {interval(from)});
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    for (std::size_t row = 0; row < rows->values.size(); ++row) {
        facts.stuck_updates.push_back(
            {bigint_at(*rows, row, 0), seconds(bigint_at(*rows, row, 1))});
    }
    return {};
}

}  // namespace

SqlResult<MemberFacts> read_member_facts(Session& session, seconds old_from, seconds stuck_from) {
    const auto rows = session.query(statement::kMemberFacts);
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    MemberFacts facts;
    facts.in_recovery = rows->is_true(0, 0);
    facts.has_citus = rows->is_true(0, 1);
    facts.user_has_password = rows->is_true(0, 2);
    facts.synchronous_standby_names = rows->at(0, 3);
    facts.receives_wal = rows->is_true(0, 4);
    facts.configuration_loaded = rows->at(0, 5);
    if (const auto added = add_transactions(session, old_from, facts); !added) {
        return tl::unexpected(added.error());
    }
    if (const auto added = add_updates(session, stuck_from, facts); !added) {
        return tl::unexpected(added.error());
    }
    if (facts.has_citus) {
        const auto stored = ask(session, statement::kStoredPassword);
        if (!stored) {
            return tl::unexpected(stored.error());
        }
        facts.password_is_stored = *stored;
    }
    return facts;
}

SqlResult<void> set_own_password(Session& session, const std::string& verifier) {
    // Citus would carry it to every worker, whose own leader sees to that.
    const auto kept = session.query(statement::kKeepDdlInSession);
    const auto user = kept ? session.query(statement::kCurrentUser) : kept;
    if (!user) {
        return tl::unexpected(user.error());
    }
    const auto altered = session.query(fmt::format(
        "ALTER ROLE {} PASSWORD {}", quote_identifier(user->at(0, 0)), quote_literal(verifier)));
    if (!altered) {
        return tl::unexpected(altered.error());
    }
    return {};
}

}  // namespace citus_init::citus
