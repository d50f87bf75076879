#include "agent/member/leader_loop.h"

#include <utility>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/node_preparation.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/ha/patroni/configuration.h"
#include "citus_init/libpq/connector.h"

namespace citus_init::agent {

namespace {

constexpr std::chrono::seconds kBetweenComparisons{60};

}  // namespace

LeaderLoop::LeaderLoop(const AgentContext& context, ha::RestClient& rest, LocalSession& local,
                       Reporter& reporter)
    : context_(context), rest_(rest), local_(local), reporter_(reporter) {}

void LeaderLoop::pass(const MemberSnapshot& snapshot) {
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
        compare_configuration();
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

void LeaderLoop::compare_configuration() {
    constexpr int kOk = 200;
    const auto file =
        RealFilesystem().read(patroni::configuration_path(*context_.settings.patroni));
    const auto store = rest_.get("/config");
    if (!file || !store || store->status != kOk) {
        return;  // without the store or the file there is nothing to say, and others say that
    }
    const auto differences = patroni::compare_dcs_configuration(*file, store->body);
    if (!differences) {
        reporter_.warning(differences.error().message);
        return;
    }
    report_or_apply(*differences);
}

void LeaderLoop::report_or_apply(const std::vector<patroni::DcsDifference>& differences) {
    constexpr int kOk = 200;
    std::vector<std::string> texts;
    texts.reserve(differences.size());
    for (const auto& difference : differences) {
        texts.push_back(difference.text());
    }
    const std::string text = join(texts, "; ");
    const bool is_new = std::exchange(reported_differences_, text) != text;
    if (text.empty() || !is_new) {
        return;
    }
    if (context_.settings.patroni->reconciliation != settings::DcsReconciliation::apply) {
        reporter_.warning(fmt::format(
            "the configuration store has other values than this member: {}. Those of the store "
            "apply. `patronictl edit-config` changes them, CITUS_RECONCILE_DCS_CONFIG=apply makes "
            "them this member's, off is silent",
            text));
        return;
    }
    const auto answer = rest_.patch("/config", patroni::dcs_patch(differences));
    if (answer && answer->status == kOk) {
        log::info("changed the configuration store to this member's values: {}", text);
    } else {
        reported_differences_.clear();
        reporter_.warning(fmt::format(
            "cannot change the configuration store ({}): {}", text,
            answer ? fmt::format("Patroni answers {}", answer->status) : answer.error().message));
    }
}

}  // namespace citus_init::agent
