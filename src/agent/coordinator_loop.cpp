#include "agent/coordinator_loop.h"

#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/membership/place.h"
#include "citus_init/citus/node_role.h"
#include "citus_init/citus/operations/shard_moves.h"
#include "citus_init/citus/sql_failure.h"

#include "agent/random_seed.h"

namespace citus_init::agent {

using std::chrono::milliseconds;

namespace {

// Every desired worker takes part.
bool is_complete(const citus::PassReport& report) {
    return std::all_of(report.nodes.begin(), report.nodes.end(),
                       [](const auto& node) { return !node.desired || takes_part(node.state); });
}

}  // namespace

CoordinatorLoop::CoordinatorLoop(const AgentContext& context, LocalSession& local,
                                 Reporter& reporter, const PlaceWatch& place)
    : context_(context),
      reporter_(reporter),
      sources_(context, reporter),
      own_address_(context.reconciler_settings().coordinator),
      generator_(random_seed()),
      reconciler_(*context.connector, context.reconciler_settings(),
                  [this] { return std::uniform_real_distribution<double>(0, 1)(generator_); }),
      rebalance_(context.settings.citus.reconcile_interval,
                 citus::JoinRebalance::Workers{context.connector.get(),
                                               context.reconciler_settings().worker_target}),
      worker_sessions_(context, reporter),
      local_(local),
      place_(place) {}

milliseconds CoordinatorLoop::pass() {
    const auto session = local_.get();
    if (!session) {
        return server_away(session.error());
    }
    session_ = *session;
    const auto report = reconcile();
    if (!report) {
        local_.drop();
        return server_away(report.error());
    }
    backoff_.restore();
    log_changes(report->changes, report->warnings);
    new_members_ = !report->changes.empty();
    if (const auto stopped = stop_moves_to_lost(*report); !stopped) {
        local_.drop();
        return server_away(stopped.error());
    }
    const auto moves = rebalance(*report);
    if (!moves) {
        local_.drop();
        return server_away(moves.error());
    }
    log_changes(moves->changes, moves->warnings);
    is_complete_ = agent::is_complete(*report);
    status::Membership membership{is_complete_};
    membership.workers = report->summary;
    if (!moves->status.empty()) {
        membership.notes.push_back(
            {status::ConditionKind::rebalance_pending, "", "", moves->status});
    }
    reporter_.report(membership);
    report_states(*report);
    report_member(*report);
    worker_sessions_.probe(*session_, *report, std::chrono::steady_clock::now());
    reporter_.note_pass(true);
    return std::min(report->next_pass, moves->next_probe.value_or(report->next_pass));
}

void CoordinatorLoop::log_changes(const std::vector<std::string>& changes,
                                  const std::vector<std::string>& warnings) {
    for (const auto& change : changes) {
        log::info("{}", change);
    }
    for (const auto& warning : warnings) {
        reporter_.warning(warning);
    }
}

citus::SqlResult<void> CoordinatorLoop::stop_moves_to_lost(const citus::PassReport& report) {
    const auto lost = std::find_if(report.nodes.begin(), report.nodes.end(), [](const auto& node) {
        return node.node_id != 0 && node.state == citus::NodeState::lost;
    });
    if (lost == report.nodes.end() || report.read_only_pass) {
        return {};
    }
    const auto job = citus::unfinished_job(*session_);
    // A Citus without background jobs has no such moves either.
    const bool none =
        job ? !job->has_value() : citus::failure_kind(job.error()) == citus::FailureKind::permanent;
    if (none) {
        return {};
    }
    if (!job) {
        return tl::unexpected(job.error());
    }
    if (auto stopped = citus::stop_moves(*session_); !stopped) {
        return stopped;
    }
    reporter_.warning(fmt::format("stopped the shard moves (job {}), because {} is lost: {}", **job,
                                  lost->address.text(), lost->reason));
    return {};
}

citus::SqlResult<citus::JoinRebalanceReport> CoordinatorLoop::rebalance(
    const citus::PassReport& report) {
    if (!context_.settings.citus.rebalance_on_join) {
        return citus::JoinRebalanceReport{};
    }
    return rebalance_.probe(*session_, report, std::chrono::steady_clock::now());
}

citus::SqlResult<citus::PassReport> CoordinatorLoop::reconcile() {
    ensure_node_role();
    const auto desired = sources_.desired(*session_, own_address_);
    if (!desired) {
        return tl::unexpected(desired.error());
    }
    return reconciler_.pass(*session_, *desired, std::chrono::steady_clock::now());
}

void CoordinatorLoop::ensure_node_role() {
    if (node_role_is_there_ || !context_.settings.citus.has_mesh()) {
        return;
    }
    if (const auto made = citus::ensure_node_role(*session_); !made) {
        reporter_.warning("new nodes cannot log in before their addresses are known: " +
                          made.error().text());
        return;
    }
    node_role_is_there_ = true;
}

// The next start has to know before it is open.
void CoordinatorLoop::report_member(const citus::PassReport& report) {
    const bool is_member =
        std::any_of(report.nodes.begin(), report.nodes.end(),
                    [](const citus::NodeReport& node) { return node.node_id != 0; });
    if (was_member_ != is_member && place_.is_confirmed()) {
        was_member_ = is_member;
        reporter_.report(
            status::PlaceReport{citus::PlaceState::confirmed, is_member,
                                is_member ? std::optional(own_address_) : std::nullopt});
    }
}

// A convenience: without it workers are registered all the same.
void CoordinatorLoop::report_states(const citus::PassReport& report) {
    const auto written = write_states(report);
    if (!written) {
        table_is_there_ = false;  // somebody may have dropped the schema
        reporter_.warning("cannot write the states of the workers into citus_init.node_state: " +
                          written.error().text());
    }
}

citus::SqlResult<void> CoordinatorLoop::write_states(const citus::PassReport& report) {
    if (!table_is_there_ && !report.read_only_pass) {
        if (const auto made = citus::ensure_node_state_table(*session_); !made) {
            return tl::unexpected(made.error());
        }
        if (const auto made = citus::ensure_member_check(*session_); !made) {
            return tl::unexpected(made.error());
        }
        if (node_role_is_there_) {
            if (auto let = citus::let_nodes_ask_their_state(*session_); !let) {
                return let;
            }
            if (auto let = citus::let_nodes_check_members(*session_); !let) {
                return let;
            }
        }
        table_is_there_ = true;
    }
    return table_.show(*session_, report, std::chrono::steady_clock::now());
}

milliseconds CoordinatorLoop::server_away(const citus::SqlError& error) {
    reporter_.note_pass(false);
    is_complete_ = false;
    if (citus::failure_kind(error) == citus::FailureKind::permanent) {
        reporter_.warning("cannot reconcile the workers: " + error.text());
    }
    reporter_.report(status::Membership{
        false, {status::ConditionKind::waiting_for_local_server, "", "", one_line(error.text())}});
    return backoff_.next();
}

}  // namespace citus_init::agent
