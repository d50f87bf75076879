#include "restore/restored_files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/core.h>

#include "citus_init/backup/failure.h"
#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/postgres/adopted_directory.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/render/own_files.h"

#include "restore/base_backup_copy.h"

namespace citus_init::restore {

namespace {

namespace fs = std::filesystem;

constexpr mode_t kOwnerOnly = 0600;

constexpr std::array<std::string_view, 19> kOutwardSettings{
    "archive_cleanup_command",
    "archive_command",
    "archive_library",
    "citus.background_task_queue_interval",
    "citus.defer_shard_delete_interval",
    "citus.distributed_deadlock_detection_factor",
    "citus.recover_2pc_interval",
    "primary_conninfo",
    "primary_slot_name",
    "recovery_end_command",
    "recovery_target",
    "recovery_target_action",
    "recovery_target_inclusive",
    "recovery_target_lsn",
    "recovery_target_name",
    "recovery_target_time",
    "recovery_target_timeline",
    "recovery_target_xid",
    "restore_command"};

Error from(const std::error_code& error, const std::string& what) {
    return errno_error(what, error.value());
}

Status remove_all(const std::string& path) {
    std::error_code error;
    fs::remove_all(path, error);
    return error ? Status(fail(from(error, fmt::format("cannot remove \"{}\"", path)))) : Status();
}

}  // namespace

Status move_wal(const std::string& made, const std::string& wal_directory) {
    const std::string inside = made + "/pg_wal";
    std::error_code error;
    if (fs::is_symlink(inside, error)) {
        return {};  // an earlier attempt has
    }
    CITUS_INIT_TRY(remove_directory_contents(wal_directory));
    fs::copy(inside, wal_directory, fs::copy_options::recursive, error);
    if (error) {
        return fail(from(error, fmt::format(R"(cannot copy "{}" to "{}")", inside, wal_directory)));
    }
    CITUS_INIT_TRY(remove_all(inside));
    if (::symlink(wal_directory.c_str(), inside.c_str()) != 0) {
        return fail(errno_error(fmt::format("cannot make the link \"{}\"", inside), errno));
    }
    return fsync_directory(made);
}

std::string without_outward_settings(const std::string& auto_conf,
                                     std::vector<std::string>& removed) {
    std::string kept;
    for (const auto& line : split(auto_conf, '\n')) {
        const std::string_view setting = trim(line);
        const std::string name =
            to_lower(std::string(setting.substr(0, setting.find_first_of("= \t"))));
        if (std::find(kOutwardSettings.begin(), kOutwardSettings.end(), name) !=
            kOutwardSettings.end()) {
            removed.push_back(name);
        } else {
            kept += line + "\n";
        }
    }
    kept.pop_back();  // split() has an empty line behind the last line break
    return kept;
}

RestoredFiles::RestoredFiles(backup::Runner& runner, const settings::Settings& settings)
    : runner_(runner),
      settings_(settings),
      data_directory_(settings.postgres.data_directory),
      made_(fmt::format("{}/{}", data_directory_, postgres::kRestoreDirectoryName)) {}

// pgBackRest goes on only with a directory that it knows by one of these.
Status RestoredFiles::make_directory() const {
    const RealFilesystem files;
    const bool can_go_on =
        files.exists(made_ + "/backup.manifest") || files.exists(made_ + "/PG_VERSION");
    if (!can_go_on) {
        CITUS_INIT_TRY(remove_all(made_));
    }
    return make_private_directory(made_);
}

Status RestoredFiles::restore(const postgres::RestoreRecord& record) {
    CITUS_INIT_TRY(make_directory());
    const auto names = RealFilesystem().list(made_);
    const bool goes_on = names && !names->empty();
    log::info("restoring the base backup {} of {} from {}{}", record.label, record.stanza,
              settings_.backup->repository.text(),
              goes_on ? ", with what is there of its files" : "");
    const auto run = copy_base_backup(runner_, {record.stanza, record.label, made_, goes_on});
    if (!run) {
        return fail(run.error());
    }
    if (!run->succeeded()) {
        const auto failure =
            backup::failure_of(*run, {record.stanza, settings_.backup->repository.text(),
                                      render::own_files(settings_).pgbackrest_conf});
        return fail(ExitCode::unavailable,
                    fmt::format("the base backup {} of {} was not restored: {}", record.label,
                                record.stanza, backup::text_of(failure)));
    }
    return {};
}

// Patroni puts the cluster's postgresql.conf aside and writes one of its own, which names files
// that this node does not have. Which member of what the original was is noted, too.
Status RestoredFiles::take_from_patroni() const {
    const std::string base = made_ + "/postgresql.base.conf";
    if (RealFilesystem().exists(base)) {
        std::error_code error;
        fs::rename(base, made_ + "/postgresql.conf", error);
        if (error) {
            return fail(from(error, fmt::format("cannot rename \"{}\"", base)));
        }
    }
    for (const char* name : {"patroni.dynamic.json", "citus_init/member.json"}) {
        CITUS_INIT_TRY(remove_file(fmt::format("{}/{}", made_, name)));
    }
    return {};
}

Status RestoredFiles::prepare() const {
    CITUS_INIT_TRY(take_from_patroni());
    const std::string auto_conf = made_ + "/postgresql.auto.conf";
    if (const auto text = RealFilesystem().read(auto_conf)) {
        std::vector<std::string> removed;
        const std::string kept = without_outward_settings(*text, removed);
        if (!removed.empty()) {
            CITUS_INIT_TRY(write_file_atomically(auto_conf, kept, kOwnerOnly));
            log::warning(
                "removed what ALTER SYSTEM had set in the original, because it would reach out of "
                "the copy: {}",
                join(removed, ", "));
        }
    }
    for (const std::string_view name :
         {std::string_view("standby.signal"), postgres::kRestoreRecordName}) {
        CITUS_INIT_TRY(remove_file(fmt::format("{}/{}", made_, name)));
    }
    const std::string& wal_directory = settings_.postgres.initdb_waldir;
    if (!wal_directory.empty()) {
        CITUS_INIT_TRY(move_wal(made_, wal_directory));
    }
    return write_file_atomically(made_ + "/recovery.signal", "", kOwnerOnly);
}

Status RestoredFiles::move_into_place() const {
    return postgres::adopt_directory(data_directory_, postgres::kRestoreDirectoryName);
}

// A whole cluster by then, or half moved.
Status RestoredFiles::set_aside(const postgres::RestoreRecord& record) const {
    const auto control = postgres::read_control_file(RealFilesystem(), data_directory_);
    if (control && std::to_string(control->system_identifier) != record.system_identifier) {
        return fail(
            ExitCode::data_directory,
            fmt::format("data directory \"{0}\" has the mark of a restore ({1}), but the "
                        "cluster in it is another one (system identifier {2}). Nothing was "
                        "changed. To start it, remove \"{0}/{1}\"; else move it away.",
                        data_directory_, postgres::kRestoreRecordName, control->system_identifier));
    }
    CITUS_INIT_TRY(postgres::set_aside_cluster(data_directory_, postgres::kRestoreDirectoryName,
                                               postgres::kRestoreRecordName));
    // What is left of a server that was killed: ours, the directory is locked.
    CITUS_INIT_TRY(remove_file(made_ + "/postmaster.pid"));
    std::error_code error;
    const std::string wal = made_ + "/pg_wal";
    return fs::is_symlink(wal, error) ? remove_file(wal) : Status();
}

}  // namespace citus_init::restore
