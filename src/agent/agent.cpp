#include "citus_init/agent/agent.h"

#include <chrono>
#include <optional>
#include <utility>

#include "citus_init/agent/agent_context.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/extension_updates.h"
#include "citus_init/citus/own_schema.h"
#include "citus_init/citus/server_checks.h"

#include "agent/archive_watch.h"
#include "agent/backoff.h"
#include "agent/backup_server.h"
#include "agent/backup_worker.h"
#include "agent/coordinator_loop.h"
#include "agent/local_session.h"
#include "agent/login_role.h"
#include "agent/maintenance.h"
#include "agent/place_watch.h"
#include "agent/recovery_watch.h"
#include "agent/restore_agent.h"
#include "agent/scheduled_backups.h"
#include "agent/worker_loop.h"

namespace citus_init::agent {

namespace {

using std::chrono::milliseconds;

class Agent {
  public:
    Agent(AgentContext context, Reporter& reporter)
        : context_(std::move(context)),
          reporter_(reporter),
          local_(*context_.connector, context_.local_target()),
          maintenance_(context_, local_, reporter),
          place_(context_, local_, reporter),
          archiving_(context_, reporter),
          backup_server_(context_, reporter),
          backups_(context_, reporter),
          schedule_(context_, reporter) {}

    int run() {
        if (const auto ended = prepare()) {
            return *ended;
        }
        // Other lines of pg_hba.conf count from then on. Before, prepare() connects at its end.
        place_.when_open([this] { maintenance_.connect_to_own_node(); });
        const auto& citus = context_.settings.citus;
        archiving_.start();
        backup_server_.start();
        if (!citus.enable) {
            start_backups();
            return without_cluster();
        }
        if (citus.role == settings::Role::worker) {
            WorkerLoop work(context_, reporter_);
            repeat(WithPlace(place_, work));
        } else if (citus.may_have_workers()) {
            CoordinatorLoop work(context_, local_, reporter_, place_);
            repeat(WithPlace(place_, work));
        } else {
            confirm_place();
            start_rest();
            schedule_.update(place_.is_confirmed(), true);
            local_.drop();
            static_cast<void>(maintenance_.parent_gone_within(std::nullopt));
        }
        return 0;
    }

  private:
    void start_backups() {
        backups_.start();
        schedule_.start();
    }

    // What nobody waits for: after the first attempt to let clients in.
    void start_rest() {
        if (!std::exchange(rest_is_started_, true)) {
            start_backups();
            warn_of_configuration();
        }
    }

    // Then there is nothing else to do.
    int without_cluster() {
        follow_recovery();
        if (archiving_.is_running()) {
            schedule_.update(true, true);
            while (!reporter_.parent_gone_within(std::nullopt)) {
            }
        }
        return 0;
    }

    void follow_recovery() {
        LocalSession session(*context_.connector,
                             context_.local_target(context_.settings.postgres.database));
        RecoveryWatch watch(session, reporter_);
        do {
            watch.probe(RecoveryWatch::Clock::now());
        } while (watch.due() && !reporter_.parent_gone_within(std::chrono::ceil<milliseconds>(
                                    *watch.due() - RecoveryWatch::Clock::now())));
    }

    // Of a coordinator with workers that nobody of its settings speaks of.
    void confirm_place() {
        while (!place_.is_confirmed()) {
            const auto pause = place_.pass();
            if (!place_.is_confirmed() && maintenance_.parent_gone_within(pause)) {
                return;
            }
        }
    }

    // Until it is done; an exit status where the agent has to end instead.
    std::optional<int> prepare() {
        constexpr std::chrono::seconds kNoNews{10};
        Backoff backoff;
        const auto started = std::chrono::steady_clock::now();
        for (;;) {
            const auto prepared = attempt();
            if (prepared && prepared->empty()) {
                if (!context_.settings.citus.enable || maintenance_.probe_as_clients()) {
                    reporter_.report(status::ReadinessReport());
                }
                reporter_.report(status::Prepared());
                reporter_.report(status::Membership{is_alone()});
                return std::nullopt;
            }
            if (!prepared && is_final(prepared.error())) {
                reporter_.fatal(prepared.error());
                return static_cast<int>(prepared.error().code);
            }
            const std::string reason = prepared ? *prepared : prepared.error().message;
            const status::Condition condition{status::ConditionKind::preparation_pending, "", "",
                                              one_line(reason)};
            reporter_.report(status::Membership{false, condition});
            if (prepared) {
                // After a reload PID 1 takes it for prepared.
                reporter_.report(status::ReadinessReport{condition});
            }
            // A server that is only just starting is no news.
            if (prepared || prepared.error().code != ExitCode::unavailable ||
                std::chrono::steady_clock::now() - started > kNoNews) {
                reporter_.warning(reason);
            }
            const auto pause =
                prepared ? context_.settings.citus.reconcile_interval : backoff.next();
            if (reporter_.parent_gone_within(pause)) {
                return 0;
            }
        }
    }

    // A node that neither has nor expects others.
    bool is_alone() const {
        const auto& citus = context_.settings.citus;
        return !citus.enable ||
               (citus.role == settings::Role::coordinator && !citus.may_have_workers());
    }

    // "" when the node is usable, else what it waits for.
    Result<std::string> attempt() {
        if (!context_.settings.citus.enable) {
            return without_citus();
        }
        local_.drop();  // one from before an update of the extension would have the old library
        auto spec = context_.node_spec();
        spec.refuse_second_citus = !context_.settings.citus.allow_recreate;
        auto preparation = citus::prepare_node(*context_.connector, context_.local_target(), spec);
        if (!preparation) {
            return fail(preparation.error());
        }
        local_.adopt(std::move(preparation->session));
        for (const auto& change : preparation->changes) {
            log::info("{}", change);
        }
        for (const auto& warning : preparation->warnings) {
            reporter_.warning(warning);
        }
        const auto session = local_.get();
        if (!session) {
            return fail(ExitCode::unavailable, session.error().text());
        }
        // With what lies under our names nothing may be done but when all of it is ours.
        if (const auto ours = citus::ensure_own_schema(**session); !ours) {
            return ours.error().text();
        }
        reporter_.report(node_report(*preparation, context_.settings.citus.database,
                                     ensure_login_role(**session, reporter_)));
        if (preparation->membership && !is_member(*preparation->membership)) {
            place_.no_member();
        }
        if (preparation->waiting_for.empty() && !preparation->server.in_recovery) {
            update_extensions(preparation->server);
        }
        return preparation->waiting_for;
    }

    // Once a start. What fails is no reason to keep clients out.
    void update_extensions(const citus::ServerFacts& server) {
        const auto request = context_.extension_updates(server);
        if (!request || std::exchange(extensions_updated_, true)) {
            return;
        }
        const auto updates =
            citus::update_extensions(*context_.connector, context_.local_target(), *request);
        if (!updates) {
            return reporter_.warning(updates.error().message);
        }
        for (const auto& change : updates->changes) {
            log::info("{}", change);
        }
        for (const auto& warning : updates->warnings) {
            reporter_.warning(warning);
        }
    }

    Result<std::string> without_citus() {
        if (!context_.settings.citus.allow_disable) {
            CITUS_INIT_TRY(citus::refuse_unloaded_citus(
                *context_.connector, context_.local_target(context_.settings.postgres.database)));
        }
        return std::string{};
    }

    // Whether other nodes know this one. A coordinator's own row is none of theirs.
    static bool is_member(const citus::MembershipFacts& facts) {
        return facts.group_id != 0 || facts.node_count > (facts.coordinator.empty() ? 0 : 1);
    }

    // What no second attempt would change, and nothing that may run on like this.
    static bool is_final(const Error& error) {
        return error.code == ExitCode::data_directory || error.code == ExitCode::identity ||
               error.code == ExitCode::config;
    }

    void warn_of_configuration() {
        const auto session = local_.get();
        if (!session) {
            return;  // the server restarts: it is to be examined by its own next agent
        }
        const auto collation = citus::collation_warning(**session);
        if (collation && !collation->empty()) {
            reporter_.warning(*collation);
        }
        const auto warnings = citus::configuration_warnings(**session);
        if (!warnings) {
            return;
        }
        for (const auto& warning : *warnings) {
            reporter_.warning(warning);
        }
    }

    // The addresses of the other nodes first: who is registered may connect at once.
    template <typename Work>
    void repeat(Work&& work) {
        for (auto pause = milliseconds::zero(); !maintenance_.parent_gone_within(pause);) {
            if (maintenance_.take_reload_request()) {
                work.probe_again();
            }
            if (maintenance_.database_is_gone()) {
                pause = context_.settings.citus.reconcile_interval;
                continue;
            }
            pause = work.pass();
            start_rest();
            if (work.take_new_members()) {
                maintenance_.members_changed();
                schedule_.members_changed();
            }
            schedule_.update(place_.is_confirmed(), work.is_complete());
            // CREATE DATABASE ... TEMPLATE waits 5 s for the last session of its template to end.
            if (pause > std::chrono::seconds(1)) {
                local_.drop();
            }
        }
    }

    AgentContext context_;
    Reporter& reporter_;
    LocalSession local_;
    Maintenance maintenance_;
    PlaceWatch place_;
    bool extensions_updated_ = false;
    bool rest_is_started_ = false;
    // Last: their threads use the others, so they end first.
    ArchiveWatch archiving_;
    BackupServer backup_server_;
    BackupWorker backups_;
    ScheduledBackups schedule_;
};

}  // namespace

int run_node_agent(AgentContext context, Reporter& reporter) {
    reporter.start_heartbeat();
    if (!finish_restore(context, reporter)) {
        return 0;
    }
    return Agent(std::move(context), reporter).run();
}

}  // namespace citus_init::agent
