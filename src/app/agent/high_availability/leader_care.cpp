#include "app/agent/high_availability/leader_care.h"

#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/node_preparation.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/libpq/connector.h"

namespace citus_init::app {

LeaderCare::LeaderCare(const AgentContext& context, RestClient& rest, LocalSession& local,
                       Reporter& reporter)
    : context_(context), rest_(rest), local_(local), reporter_(reporter) {}

void LeaderCare::pass(const MemberLook& look) {
    if (!look.facts->user_has_password && !context_.settings.postgres.password.empty()) {
        ensure_password();
    }
    if (!database_is_there_) {
        ensure_database();
    }
    if (!configuration_is_compared_) {
        compare_configuration();
    }
}

void LeaderCare::ensure_password() {
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

void LeaderCare::ensure_database() {
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

void LeaderCare::compare_configuration() {
    configuration_is_compared_ = true;
}

}  // namespace citus_init::app
