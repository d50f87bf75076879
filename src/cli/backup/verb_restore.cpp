#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/cluster/cluster_backup.h"
#include "citus_init/base/clock.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/postgres/restore_record.h"
#include "citus_init/process/signals.h"
#include "citus_init/restore/chosen_point.h"
#include "citus_init/status/node_status.h"

#include "cli/backup/backup_node.h"
#include "cli/backup/backup_terminal.h"
#include "cli/backup/backup_verbs.h"
#include "cli/verbs/health_verb.h"
#include "cli/verbs/question.h"
#include "cli/verbs/verb_end.h"

namespace citus_init::cli {

namespace {

using std::chrono::steady_clock;

std::string what_will_happen(const backup::Manifest& point) {
    return fmt::format(
        "Every node of the cluster is stopped, and restored in its place to the restore point {} "
        "of {} ({} {}). What was written since is lost, but to a later restore point of the "
        "repository.",
        point.name, utc_text(point.time), point.groups.size(),
        point.groups.size() == 1 ? "group" : "groups");
}

// None: somebody has thought better of it.
Result<std::optional<backup::Manifest>> order(const BackupCluster& saved,
                                              const RestoreOptions& options,
                                              BackupTerminal& terminal) {
    const auto chosen = restore::choose_point(*saved.node.repository, options.point, "POINT");
    if (!chosen) {
        return fail(chosen.error());
    }
    fmt::print(stderr, "{}\n", what_will_happen(chosen->manifest));
    if (!options.yes && !is_confirmed("Restore it?", "nothing was restored")) {
        return std::optional<backup::Manifest>();
    }
    // Not before: nobody else makes a backup while it is open.
    auto cluster = backup::ClusterBackup::open(saved.access, *saved.node.repository, terminal);
    if (!cluster) {
        return fail(cluster.error());
    }
    process::block_signals();  // between the orders of two nodes it would leave half of them
    CITUS_INIT_TRY(cluster->order_restore(chosen->manifest));
    return std::optional(chosen->manifest);
}

// Until this node, and with it all others, serves clients again.
Status follow(const settings::Settings& settings, BackupTerminal& terminal) {
    constexpr std::chrono::milliseconds kPause{100};
    constexpr std::chrono::seconds kLongestUnbegun{15};
    const std::string record =
        fmt::format("{}/{}", settings.postgres.data_directory, postgres::kRestoreRecordName);
    const auto ordered = steady_clock::now();
    bool has_begun = false;
    std::string said;
    for (;;) {
        const auto status = read_health(settings.supervisor.run_directory);
        const std::string text = text_of(status);
        const bool is_being_restored = RealFilesystem().exists(record);
        has_begun = has_begun || is_being_restored;
        if (has_begun && !is_being_restored && status.phase == status::Phase::ready) {
            return {};
        }
        if (status.phase == status::Phase::failed) {
            return fail(ExitCode::not_done, "the restore of this node failed: " + text);
        }
        if (!has_begun && steady_clock::now() - ordered > kLongestUnbegun) {
            return fail(ExitCode::not_done, "this node does not begin: see its log");
        }
        if (has_begun && text != said) {
            said = text;
            terminal.message(text);
        }
        if (terminal.stopped_within(kPause)) {
            return fail(ExitCode::not_done,
                        "interrupted: the restore goes on, and `citus-init health` shows how far "
                        "it is");
        }
    }
}

}  // namespace

int run_restore(const settings::Environment& environment, const RestoreOptions& options) {
    const auto cluster = open_backup_cluster(environment);
    if (!cluster) {
        return end_verb(cluster.error());
    }
    const auto& settings = cluster->node.settings;
    if (settings.patroni) {
        return end_verb({ExitCode::config,
                         "CITUS_HA=patroni: a cluster of Patroni is not restored in its place. "
                         "Nothing was changed. docs/backup.md, \"Restore a cluster of Patroni\", "
                         "says how it is restored"});
    }
    BackupTerminal terminal;
    const auto ordered = order(*cluster, options, terminal);
    if (!ordered) {
        return end_verb(ordered.error());
    }
    if (!*ordered) {
        return static_cast<int>(ExitCode::not_done);
    }
    if (!options.detach) {
        const Status done = follow(settings, terminal);
        terminal.end();
        if (!done) {
            return end_verb(done.error());
        }
    }
    fmt::print("{} to the restore point {}\n",
               options.detach ? "the cluster is being restored" : "the cluster is restored",
               (*ordered)->name);
    return 0;
}

}  // namespace citus_init::cli
