#include "agent/member/leader_loop.h"

#include <string>

#include "citus_init/base/log.h"
#include "citus_init/citus/node_preparation.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/libpq/connector.h"

namespace citus_init::agent {

namespace {

constexpr std::chrono::seconds kBetweenComparisons{60};

}  // namespace

LeaderLoop::LeaderLoop(const AgentContext& context, ha::MemberMonitor& monitor, LocalSession& local,
                       Reporter& reporter)
    : context_(context), monitor_(monitor), local_(local), reporter_(reporter) {}

void LeaderLoop::pass(const ha::MemberSnapshot& snapshot) {
    if (!snapshot.facts->user_has_password && !context_.settings.postgres.password.empty()) {
        ensure_password();
    }
    if (!database_is_there_) {
        ensure_database();
    }
    const auto now = Clock::now();
    const bool is_wanted =
        context_.settings.patroni->reconciliation != settings::DcsReconciliation::off;
    if (is_wanted && !snapshot.status->paused && now >= next_comparison_) {
        next_comparison_ = now + kBetweenComparisons;
        monitor_.reconcile_configuration(
            [this](const std::string& text) { reporter_.warning(text); });
    }
}

void LeaderLoop::ensure_password() {
    const auto& postgres = context_.settings.postgres;
    // Never the password itself: the server's log and pg_stat_statements hold what is sent.
    const auto verifier = libpq::make_password_verifier(postgres.user, postgres.password);
    if (!verifier) {
        reporter_.warning(verifier.error().message);
        return;
    }
    const auto session = local_.get();
    const auto set =
        session ? citus::set_own_password(**session, *verifier) : tl::unexpected(session.error());
    if (!set) {
        local_.drop();
        reporter_.warning(citus::sql_failure("cannot set POSTGRES_PASSWORD", set.error()).message);
        return;
    }
    log::info("set POSTGRES_PASSWORD for \"{}\", which had no password", postgres.user);
}

void LeaderLoop::ensure_database() {
    const auto& settings = context_.settings;
    if (settings.postgres.database == settings.citus.database) {
        database_is_there_ = true;
        return;
    }
    const auto created = citus::create_missing_databases(
        *context_.connector, context_.local_target(), {settings.postgres.database});
    if (!created) {
        reporter_.warning(created.error().message);
        return;
    }
    for (const auto& name : *created) {
        log::info("created the database \"{}\"", name);
    }
    database_is_there_ = true;
}

}  // namespace citus_init::agent
