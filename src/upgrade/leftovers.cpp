#include "upgrade/leftovers.h"

#include <filesystem>
#include <optional>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/postgres/bootstrap_marker.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/directories.h"
#include "citus_init/postgres/lock.h"
#include "citus_init/postgres/node_marker.h"
#include "citus_init/postgres/tablespaces.h"
#include "citus_init/postgres/upgrade_record.h"

#include "upgrade/citus_steps.h"
#include "upgrade/directories.h"
#include "upgrade/own_server.h"

namespace citus_init::upgrade {

namespace {

Status finish_by_hand_upgrade(node::Node& node, citus::Connector& connector) {
    return with_own_server(node, [&](const citus::ConnectionTarget& server) -> Status {
        const auto facts = read_cluster_facts(connector, server);
        if (!facts) {
            return fail(facts.error());
        }
        const auto finished = finish_citus(connector, server, *facts);
        if (!finished) {
            return fail(finished.error());
        }
        for (const auto& database : *finished) {
            log::warning(
                "\"{}\" came from pg_upgrade without citus_finish_pg_upgrade(): called in the "
                "database \"{}\"",
                node.data_directory, database);
        }
        // The old cluster of an upgrade that somebody has given up, or gone back from.
        return undo_prepare(connector, server, *facts);
    });
}

bool may_need_citus_steps(const node::Node& node,
                          const std::optional<postgres::NodeMarker>& marker) {
    return postgres::may_come_from_pg_upgrade(marker, node.postgres_major) ||
           postgres::has_prepared_mark(RealFilesystem(), node.data_directory);
}

bool is_in_recovery(const std::string& data_directory) {
    const RealFilesystem files;
    return files.exists(data_directory + "/standby.signal") ||
           files.exists(data_directory + "/recovery.signal");
}

// Whether `old` is what the upgrade has kept: its old image may have started in an old place since,
// and before the files of an upgrade that was cut off were moved. Without PG_VERSION no cluster is
// there; a removal that was cut off goes on.
Status check_kept(const std::string& old, const postgres::UpgradeRecord& record) {
    const RealFilesystem files;
    if (!files.exists(old + "/PG_VERSION")) {
        return {};
    }
    const auto control = postgres::control_fingerprint(files, old);
    if (control && *control == record.old_control) {
        return {};
    }
    return fail(
        ExitCode::data_directory,
        fmt::format("CITUS_PG_UPGRADE_CLEAN: the cluster in \"{0}\" {1}, so it is not what "
                    "the upgrade has kept. Nothing was removed. Start without the variable; "
                    "if nobody needs that cluster, remove \"{0}\" by hand",
                    old,
                    control ? "has run since it was upgraded"
                            : "cannot be examined: " + control.error().message));
}

// The lock of the old place, none where there is no such place (any more).
Result<std::optional<postgres::DataDirectoryLock>> lock_kept_elsewhere(
    const postgres::UpgradeRecord& record) {
    if (record.old_directory.empty() || !RealFilesystem().exists(record.old_directory)) {
        return std::optional<postgres::DataDirectoryLock>();
    }
    auto lock = postgres::lock_data_directory(record.old_directory);
    if (!lock) {
        return fail(lock.error().code,
                    "CITUS_PG_UPGRADE_CLEAN: nothing was removed: " + lock.error().message);
    }
    return std::optional(std::move(*lock));
}

Result<postgres::UpgradeRecord> read_kept_record(const std::string& kept) {
    const auto text = RealFilesystem().read(fmt::format("{}/{}", kept, postgres::kKeptRecordName),
                                            read_limit::kRecord);
    auto record = text ? postgres::parse_upgrade_record(*text)
                       : Result<postgres::UpgradeRecord>(fail(text.error()));
    if (!record) {
        return fail(ExitCode::data_directory,
                    fmt::format("CITUS_PG_UPGRADE_CLEAN: {}, so it is unknown whether \"{}\" is "
                                "what an upgrade has kept. Nothing was removed: remove it by hand",
                                record.error().message, kept));
    }
    return record;
}

// First of all, so that a removal that is cut off leaves nothing that an image takes for a cluster.
Status remove_version_file(const std::string& old_directory) {
    CITUS_INIT_TRY(postgres::remove_tree(old_directory + "/PG_VERSION"));
    return RealFilesystem().exists(old_directory) ? fsync_directory(old_directory) : Status();
}

Status remove_elsewhere(const postgres::UpgradeRecord& record) {
    const auto names = RealFilesystem().list(record.old_directory);
    for (const auto& name : names.value_or(std::vector<std::string>())) {
        if (is_cluster_entry(name)) {
            CITUS_INIT_TRY(postgres::remove_tree(fmt::format("{}/{}", record.old_directory, name)));
        }
    }
    return {};
}

// The write-ahead log outside of the data directory.
Status remove_old_wal(const std::string& old_directory) {
    std::error_code none;
    const auto target = std::filesystem::read_symlink(old_directory + "/pg_wal", none);
    if (none) {
        return {};
    }
    const auto names = RealFilesystem().list(target.string());
    for (const auto& name : names.value_or(std::vector<std::string>())) {
        if (postgres::is_wal_entry(name)) {
            CITUS_INIT_TRY(postgres::remove_tree((target / name).string()));
        }
    }
    return {};
}

}  // namespace

Status finish_leftovers(node::Node& node, citus::Connector& connector) {
    const RealFilesystem files;
    const auto marker = postgres::read_node_marker(files, node.data_directory);
    if (!marker) {
        return fail(marker.error());
    }
    if (node.settings.citus.enable && !is_in_recovery(node.data_directory) &&
        may_need_citus_steps(node, *marker)) {
        CITUS_INIT_TRY(finish_by_hand_upgrade(node, connector));
        CITUS_INIT_TRY(postgres::remove_prepared_mark(node.data_directory));
    }
    return node.settings.pg_upgrade.clean ? remove_kept_cluster(node.data_directory) : Status();
}

Status remove_kept_cluster(const std::string& data_directory) {
    const auto directories = UpgradeDirectories::of(data_directory, "");
    if (!RealFilesystem().exists(directories.kept)) {
        return {};
    }
    const auto record = read_kept_record(directories.kept);
    if (!record) {
        return fail(record.error());
    }
    const auto lock = lock_kept_elsewhere(*record);
    if (!lock) {
        return fail(lock.error());
    }
    const std::string old =
        record->old_directory.empty() ? directories.kept : record->old_directory;
    CITUS_INIT_TRY(check_kept(old, *record));
    CITUS_INIT_TRY(remove_version_file(old));
    CITUS_INIT_TRY(postgres::remove_tablespace_versions(old, record->from_major));
    CITUS_INIT_TRY(remove_old_wal(old));
    if (!record->old_directory.empty()) {
        CITUS_INIT_TRY(remove_elsewhere(*record));
    }
    CITUS_INIT_TRY(postgres::remove_tree(directories.kept));
    log::info("removed the cluster of PostgreSQL {} that was kept in \"{}\"", record->from_major,
              old);
    return {};
}

}  // namespace citus_init::upgrade
