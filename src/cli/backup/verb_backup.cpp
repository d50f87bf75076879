#include <chrono>
#include <csignal>
#include <cstdio>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/cluster/save_cluster.h"
#include "citus_init/network/node_names.h"
#include "citus_init/process/signals.h"

#include "cli/backup/backup_node.h"
#include "cli/backup/backup_report.h"
#include "cli/backup/backup_verbs.h"
#include "cli/cluster/cluster_session.h"
#include "cli/cluster/progress_display.h"
#include "cli/verbs/verb_end.h"

namespace citus_init::cli {

namespace {

using std::chrono::steady_clock;

// On stderr; a signal ends it.
class Terminal final : public backup::Observer {
  public:
    [[nodiscard]] bool stopped_within(std::chrono::milliseconds pause) override {
        const auto signal = process::wait_for_signal(pause);
        return signal && (*signal == SIGINT || *signal == SIGTERM || *signal == SIGHUP);
    }

    void message(const std::string& text) override { display_.say_below(text); }

    void progress(const std::vector<backup::GroupBackup>& groups) override {
        const double fraction = progress_fraction(groups);
        display_.show(fraction, progress_line(groups), steady_clock::now(), fraction >= 1);
    }

    void end() { display_.end(); }

  private:
    ProgressDisplay display_;
};

// A cluster's, or that of the one server without Citus. `node` owns the connector.
struct Reached {
    agent::AgentContext node;
    backup::ClusterAccess access;
};

Result<Reached> reach_cluster(const settings::Environment& environment, bool has_citus) {
    backup::ClusterAccess access;
    access.has_citus = has_citus;
    access.caller = network::host_name();
    if (!has_citus) {
        auto node = find_running_node(environment, Citus::optional);
        if (!node) {
            return fail(node.error());
        }
        access.coordinator = node->local_target(node->settings.postgres.database);
        access.connector = node->connector.get();
        return Reached{std::move(*node), std::move(access)};
    }
    auto cluster = open_cluster_session(environment);
    if (!cluster) {
        return fail(cluster.error());
    }
    const bool is_here = cluster->node_target.host.starts_with('/');
    access.node = cluster->node_target;
    access.coordinator = is_here ? cluster->node.local_target() : cluster->node_target;
    access.connector = cluster->node.connector.get();
    return Reached{std::move(cluster->node), std::move(access)};
}

Result<backup::SavedPoint> work(const settings::Environment& environment,
                                const BackupOptions& options, bool with_backups,
                                Terminal& terminal) {
    auto node = open_backup_node(environment);
    if (!node) {
        return fail(node.error());
    }
    auto reached = reach_cluster(environment, node->settings.citus.enable);
    if (!reached) {
        return fail(reached.error());
    }
    backup::SaveRequest request;
    request.point = options.name;
    if (with_backups) {
        request.type_of = [&options](int /*group*/) { return options.type; };
    }
    return save_cluster(reached->access, *node->repository, terminal, request);
}

int run(const settings::Environment& environment, const BackupOptions& options, bool with_backups) {
    process::block_signals();
    Terminal terminal;
    const auto outcome = work(environment, options, with_backups, terminal);
    terminal.end();
    if (!outcome) {
        return end_verb(outcome.error());
    }
    fmt::print("{}", options.json ? end_json(outcome->point, outcome->groups)
                                  : end_text(outcome->point, outcome->groups));
    return 0;
}

}  // namespace

int run_backup(const settings::Environment& environment, const BackupOptions& options) {
    return run(environment, options, true);
}

int run_restore_point(const settings::Environment& environment, const BackupOptions& options) {
    return run(environment, options, false);
}

}  // namespace citus_init::cli
