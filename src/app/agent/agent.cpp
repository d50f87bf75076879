#include "app/agent/agent.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/membership/reconciler.h"
#include "citus_init/citus/server_checks.h"
#include "citus_init/citus/sql_failure.h"

#include "app/agent/agent_context.h"

namespace citus_init::app {

namespace {

using std::chrono::milliseconds;

// Pauses between attempts on the local server: short at first, since it is about to accept.
class Patience {
  public:
    milliseconds next() { return std::exchange(pause_, std::min(pause_ * 2, kLongest)); }
    void restore() { pause_ = kShortest; }

  private:
    static constexpr milliseconds kShortest{10};
    static constexpr milliseconds kLongest{10'000};
    milliseconds pause_ = kShortest;
};

class Agent {
  public:
    Agent(AgentContext context, Reporter& reporter)
        : context_(std::move(context)), reporter_(reporter) {}

    int run() {
        if (const auto ended = prepare()) {
            return *ended;
        }
        if (!context_.settings.citus.enable) {
            return 0;
        }
        warn_of_configuration();
        const bool has_workers = !context_.settings.citus.workers.empty();
        if (context_.settings.citus.role == settings::Role::coordinator && has_workers) {
            look_after_workers();
        } else {
            (void)reporter_.parent_gone_within(std::nullopt);
        }
        return 0;
    }

  private:
    // Until it is done; an exit status where the agent has to end instead.
    std::optional<int> prepare() {
        for (;;) {
            const auto prepared = attempt();
            if (prepared && prepared->empty()) {
                reporter_.prepared();
                reporter_.membership("");
                return std::nullopt;
            }
            if (!prepared && is_final(prepared.error())) {
                reporter_.fatal(prepared.error());
                return static_cast<int>(prepared.error().code);
            }
            const std::string reason = prepared ? *prepared : prepared.error().message;
            reporter_.membership(join(split(reason, '\n'), "; "));
            // A server that is only just starting is no news.
            if (prepared || prepared.error().code != ExitCode::unavailable) {
                reporter_.warning(reason);
            }
            const auto pause =
                prepared ? context_.settings.citus.reconcile_interval : patience_.next();
            if (reporter_.parent_gone_within(pause)) {
                return 0;
            }
        }
    }

    // "" when the node is usable, else what it waits for.
    Result<std::string> attempt() {
        if (!context_.settings.citus.enable) {
            return without_citus();
        }
        const auto preparation =
            citus::prepare_node(*context_.connector, context_.local_target(), context_.node_spec());
        if (!preparation) {
            return fail(preparation.error());
        }
        for (const auto& change : preparation->changes) {
            log::info("{}", change);
        }
        for (const auto& warning : preparation->warnings) {
            reporter_.warning(warning);
        }
        reporter_.node(node_report(*preparation, context_.settings.citus.database));
        return preparation->waiting_for;
    }

    Result<std::string> without_citus() {
        if (!context_.settings.citus.allow_disable) {
            CITUS_INIT_TRY(citus::refuse_unloaded_citus(
                *context_.connector, context_.local_target(context_.settings.postgres.database)));
        }
        return std::string{};
    }

    // What no second attempt would change, and nothing that may run on like this.
    static bool is_final(const Error& error) {
        return error.code == ExitCode::data_directory || error.code == ExitCode::identity ||
               error.code == ExitCode::config;
    }

    void warn_of_configuration() {
        auto session = context_.connector->connect(context_.local_target());
        if (!session) {
            return;  // the server restarts: it is to be examined by its own next agent
        }
        const auto warnings = citus::configuration_warnings(**session);
        if (!warnings) {
            return;
        }
        for (const auto& warning : *warnings) {
            reporter_.warning(warning);
        }
    }

    void look_after_workers() {
        std::mt19937 generator{std::random_device{}()};
        citus::Reconciler reconciler(
            *context_.connector, context_.reconciler_settings(),
            [&generator] { return std::uniform_real_distribution<double>(0, 1)(generator); });
        std::unique_ptr<citus::Session> session;
        patience_.restore();
        while (!reporter_.parent_gone_within(one_pass(reconciler, session))) {
        }
    }

    // Returns how long to wait before the next one.
    milliseconds one_pass(citus::Reconciler& reconciler, std::unique_ptr<citus::Session>& session) {
        if (!session) {
            auto opened = context_.connector->connect(context_.local_target());
            if (!opened) {
                return server_away(opened.error());
            }
            session = std::move(*opened);
        }
        const auto report =
            reconciler.pass(*session, context_.desired_workers(), std::chrono::steady_clock::now());
        if (!report) {
            session.reset();
            return server_away(report.error());
        }
        patience_.restore();
        for (const auto& change : report->changes) {
            log::info("{}", change);
        }
        for (const auto& warning : report->warnings) {
            reporter_.warning(warning);
        }
        reporter_.membership(report->status);
        return report->next_pass;
    }

    milliseconds server_away(const citus::SqlError& error) {
        if (citus::failure_kind(error) == citus::FailureKind::permanent) {
            reporter_.warning("cannot look after the workers: " + error.text());
        }
        reporter_.membership("waiting for the local server: " +
                             join(split(error.text(), '\n'), "; "));
        return patience_.next();
    }

    AgentContext context_;
    Reporter& reporter_;
    Patience patience_;
};

}  // namespace

int run_agent(const std::vector<std::string>& arguments) {
    Reporter reporter = make_reporter();
    auto context = load_agent_context(arguments);
    if (!context) {
        reporter.fatal(context.error());
        log::error("agent, exit {} ({}): {}", static_cast<int>(context.error().code),
                   exit_code_word(context.error().code), context.error().message);
        return static_cast<int>(context.error().code);
    }
    return Agent(std::move(*context), reporter).run();
}

}  // namespace citus_init::app
