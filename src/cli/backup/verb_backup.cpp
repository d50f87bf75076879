#include <cstdio>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/cluster/save_cluster.h"
#include "citus_init/process/signals.h"

#include "cli/backup/backup_node.h"
#include "cli/backup/backup_report.h"
#include "cli/backup/backup_terminal.h"
#include "cli/backup/backup_verbs.h"
#include "cli/verbs/verb_end.h"

namespace citus_init::cli {

namespace {

backup::SaveOutcome work(const settings::Environment& environment, const BackupOptions& options,
                         bool with_backups, BackupTerminal& terminal) {
    auto cluster = open_backup_cluster(environment);
    if (!cluster) {
        backup::SaveOutcome outcome;
        outcome.failure = std::move(cluster.error());
        return outcome;
    }
    backup::SaveRequest request;
    request.point = options.name;
    if (with_backups) {
        request.type_of = [&options](int /*group*/) { return options.type; };
    }
    return save_cluster(cluster->access, *cluster->node.repository, terminal, request);
}

int run(const settings::Environment& environment, const BackupOptions& options, bool with_backups) {
    process::block_signals();
    BackupTerminal terminal;
    const auto outcome = work(environment, options, with_backups, terminal);
    terminal.end();
    if (outcome.point) {
        fmt::print("{}", options.json ? end_json(*outcome.point, outcome.groups)
                                      : end_text(*outcome.point, outcome.groups));
    }
    return outcome.is_complete() ? 0 : end_verb(failure_of(outcome));
}

}  // namespace

int run_backup(const settings::Environment& environment, const BackupOptions& options) {
    return run(environment, options, true);
}

int run_restore_point(const settings::Environment& environment, const BackupOptions& options) {
    return run(environment, options, false);
}

}  // namespace citus_init::cli
