#include "upgrade/major_upgrade.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <thread>

#include <fmt/core.h>

#include "citus_init/base/clock.h"
#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/base/version.h"
#include "citus_init/citus/extension_updates.h"
#include "citus_init/citus/installation.h"
#include "citus_init/node/configuration.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/directories.h"
#include "citus_init/postgres/lock.h"
#include "citus_init/postgres/tablespaces.h"
#include "citus_init/private_server/private_server.h"
#include "citus_init/private_server/run_program.h"
#include "citus_init/private_server/socket_directory.h"
#include "citus_init/render/guc_check.h"

#include "upgrade/checksums.h"
#include "upgrade/citus_steps.h"
#include "upgrade/commands.h"
#include "upgrade/directories.h"
#include "upgrade/leftovers.h"
#include "upgrade/obstacles.h"
#include "upgrade/old_cluster.h"
#include "upgrade/own_server.h"
#include "upgrade/programs.h"
#include "upgrade/room.h"

namespace citus_init::upgrade {

using private_server::named_files;
using private_server::PrivateServer;
using private_server::run_program;
using private_server::SocketDirectory;
using private_server::target_of;

namespace {

using postgres::UpgradePhase;
using postgres::UpgradeRecord;

constexpr int kFirstThatKeepsStatistics = 18;

class MajorUpgrade {
  public:
    MajorUpgrade(node::Node& node, citus::Connector& connector, UpgradeRecord record,
                 SocketDirectory sockets)
        : node_(node),
          connector_(connector),
          record_(std::move(record)),
          directories_(UpgradeDirectories::of(node.data_directory, record_.old_directory)),
          sockets_(std::move(sockets)) {}

    [[nodiscard]] Status find_programs();
    [[nodiscard]] Status upgrade();
    [[nodiscard]] Status complete();

  private:
    // Before the record says `upgraded`.
    [[nodiscard]] Status check_old_directory() const;
    [[nodiscard]] Status make_new_cluster();
    [[nodiscard]] Status examine(std::vector<std::string>& found);
    [[nodiscard]] Status make_like_old();
    void undo_prepare_of_old();
    [[nodiscard]] Status run_pg_upgrade(bool only_check);
    [[nodiscard]] UpgradeTarget target_for(const ClusterFacts& facts) const;
    FileTransfer transfer(std::vector<std::string>* problems) const;

    // After it.
    [[nodiscard]] Status complete_new_cluster();
    [[nodiscard]] Status finish_new();
    [[nodiscard]] Status update_all_extensions(const citus::ConnectionTarget& target);
    [[nodiscard]] Status move_into_place();
    [[nodiscard]] Status note_what_is_kept() const;
    [[nodiscard]] Status enter(UpgradePhase phase);

    std::string log_path(const char* name) const {
        return fmt::format("{}/{}.log", directories_.work, name);
    }
    citus::ConnectionTarget server(const std::string& user) const {
        return target_of(sockets_.socket(), user);
    }

    node::Node& node_;
    citus::Connector& connector_;
    UpgradeRecord record_;
    UpgradeDirectories directories_;
    SocketDirectory sockets_;
    ClusterPlace old_;
    ClusterPlace new_;
    ClusterFacts facts_;
    FileTransfer transfer_ = FileTransfer::copy;
};

// --- Before anything is made ---

Status MajorUpgrade::find_programs() {
    const RealFilesystem files;
    const auto libraries = node::effective_setting(node_, "shared_preload_libraries");
    if (!libraries) {
        return fail(libraries.error());
    }
    new_ = {record_.to_major, node_.bin_directory, directories_.made,
            preloadable(files, node_.bin_directory, *libraries), carried_settings(*node_.stack)};
    auto old = find_old_programs(files, node_.settings.pg_upgrade.old_bin_directory,
                                 node_.bin_directory, record_.from_major, record_.to_major);
    if (!old) {
        return fail(old.error());
    }
    old_ = {record_.from_major, *old, directories_.old, preloadable(files, *old, *libraries),
            carried_settings(*node_.stack)};
    auto missing = missing_old_programs(files, old_.bin_directory);
    for (auto& name : missing) {
        name = fmt::format("{}/{}", old_.bin_directory, name);
    }
    for (const auto& name : missing_new_programs(files, new_.bin_directory)) {
        missing.push_back(fmt::format("{}/{}", new_.bin_directory, name));
    }
    if (missing.empty()) {
        return {};
    }
    return fail(ExitCode::config,
                fmt::format("CITUS_PG_UPGRADE: pg_upgrade needs programs that this image does not "
                            "have: {}. Nothing was changed. Install the server and client packages "
                            "of both versions.",
                            join(missing, ", ")));
}

Status MajorUpgrade::check_old_directory() const {
    for (const char* name : {"standby.signal", "recovery.signal"}) {
        if (RealFilesystem().exists(fmt::format("{}/{}", directories_.old, name))) {
            return fail(ExitCode::data_directory,
                        fmt::format("\"{}/{}\" is there: pg_upgrade takes no server that is in "
                                    "recovery. Nothing was changed. Upgrade its primary, and make "
                                    "this standby anew.",
                                    directories_.old, name));
        }
    }
    const bool has_kept = RealFilesystem().exists(directories_.kept);
    if (has_kept && !node_.settings.pg_upgrade.clean) {
        return fail(ExitCode::data_directory,
                    fmt::format("\"{}\" still has the cluster that an earlier upgrade kept. "
                                "Nothing was changed. Set CITUS_PG_UPGRADE_CLEAN=true to remove "
                                "it, or move it away.",
                                directories_.kept));
    }
    return has_kept ? remove_kept_cluster(node_.data_directory) : Status();
}

// --- Until the record says `upgraded` ---

Status MajorUpgrade::upgrade() {
    CITUS_INIT_TRY(check_old_directory());
    CITUS_INIT_TRY(enter(UpgradePhase::begun));
    Status made = make_new_cluster();
    if (made) {
        return enter(UpgradePhase::upgraded);
    }
    // No server starts in a directory that is gone.
    [[maybe_unused]] const int ignored = ::chdir("/");
    if (const Status discarded = discard_attempt(directories_, record_); !discarded) {
        log::warning("{}", discarded.error().message);
        return made;
    }
    if (!facts_.databases_with("citus").empty()) {
        undo_prepare_of_old();
    }
    CITUS_INIT_TRY(postgres::remove_upgrade_record(node_.data_directory));
    return made;
}

Status MajorUpgrade::make_new_cluster() {
    CITUS_INIT_TRY(make_private_directory(directories_.work));
    if (::chdir(directories_.work.c_str()) != 0) {  // where pg_upgrade leaves its files
        return fail(errno_error(fmt::format("cannot enter \"{}\"", directories_.work), errno));
    }
    log::info("upgrading \"{}\" from PostgreSQL {} to {}: examining the old cluster",
              directories_.old, record_.from_major, record_.to_major);
    std::vector<std::string> found;
    CITUS_INIT_TRY(examine(found));
    // Its own checks need a new cluster. What they find is listed with the rest.
    if (const Status made = make_like_old(); !made) {
        found.push_back(made.error().message);
    } else if (const Status checked = run_pg_upgrade(/*only_check=*/true); !checked) {
        found.push_back(checked.error().message);
    }
    if (!found.empty()) {
        return fail(ExitCode::data_directory,
                    fmt::format("data directory \"{}\" cannot be upgraded from PostgreSQL {} to {} "
                                "yet. Nothing was changed.\n- {}",
                                directories_.old, record_.from_major, record_.to_major,
                                join(found, "\n- ")));
    }
    record_.linked = transfer_ == FileTransfer::link;
    record_.transfer_begun = true;
    CITUS_INIT_TRY(enter(UpgradePhase::begun));
    log::info("running pg_upgrade (method {})", file_transfer_name(transfer_));
    CITUS_INIT_TRY(run_pg_upgrade(/*only_check=*/false));
    return keep(record_.old_control,
                postgres::control_fingerprint(RealFilesystem(), directories_.old));
}

// The reason of the failure is the caller's to tell.
void MajorUpgrade::undo_prepare_of_old() {
    auto running =
        PrivateServer::start(old_, sockets_.socket(), sockets_.socket().directory + "/server.log");
    const Status undone = running ? undo_prepare(connector_, server(facts_.superuser), facts_)
                                  : Status(fail(running.error()));
    const Status stopped = undone ? running->stop() : undone;
    const Status unmarked = stopped ? postgres::remove_prepared_mark(directories_.old) : stopped;
    if (!unmarked) {
        log::warning(
            "citus_prepare_pg_upgrade() was not taken back; the next start with PostgreSQL {} "
            "does that: {}",
            record_.from_major, unmarked.error().message);
    }
}

// Starts the old server, which recovers where it has to.
Status MajorUpgrade::examine(std::vector<std::string>& found) {
    auto running = PrivateServer::start(old_, sockets_.socket(), log_path("old_server"));
    if (!running) {
        return fail(running.error());
    }
    CITUS_INIT_TRY(
        keep(facts_, read_cluster_facts(connector_, server(node_.settings.postgres.user))));
    if (!facts_.databases_with("citus").empty()) {
        CITUS_INIT_TRY(postgres::write_prepared_mark(directories_.old));
    }
    // Before the checks of pg_upgrade: they refuse an aggregate that this call drops.
    CITUS_INIT_TRY(prepare_citus(connector_, server(facts_.superuser), facts_));
    CITUS_INIT_TRY(running->stop());
    transfer_ = transfer(&found);
    const auto more = obstacles(facts_, target_for(facts_));
    found.insert(found.end(), more.begin(), more.end());
    return {};
}

FileTransfer MajorUpgrade::transfer(std::vector<std::string>* problems) const {
    using settings::PgUpgradeMethod;
    const auto method = node_.settings.pg_upgrade.method;
    if (method == PgUpgradeMethod::link) {
        struct stat old {};
        struct stat work {};
        if (::stat(directories_.old.c_str(), &old) != 0 ||
            ::stat(directories_.work.c_str(), &work) != 0 || old.st_dev != work.st_dev) {
            problems->push_back(fmt::format(R"(CITUS_PG_UPGRADE_METHOD=link: "{}" and "{}" are on )"
                                            "different file systems: set it to copy, or mount one "
                                            "volume for both",
                                            directories_.old, node_.data_directory));
        }
        return FileTransfer::link;
    }
    if (method == PgUpgradeMethod::copy) {
        return FileTransfer::copy;
    }
    const auto without = places_without_clones(directories_, facts_.tablespaces);
    for (const auto& place : without) {
        if (method == PgUpgradeMethod::clone) {
            problems->push_back(
                fmt::format("CITUS_PG_UPGRADE_METHOD=clone: the file system of \"{}\" "
                            "cannot share blocks: set it to auto, copy or link",
                            place));
        }
    }
    return without.empty() ? FileTransfer::clone : FileTransfer::copy;
}

UpgradeTarget MajorUpgrade::target_for(const ClusterFacts& facts) const {
    const RealFilesystem files;
    UpgradeTarget target;
    target.from_major = record_.from_major;
    target.to_major = record_.to_major;
    target.extensions = citus::available_extensions(files, new_.bin_directory, record_.to_major);
    const auto old = citus::find_citus(files, old_.bin_directory, record_.from_major);
    const auto now = citus::find_citus(files, new_.bin_directory, record_.to_major);
    target.old_citus = old ? old->default_version.text() : "";
    target.new_citus = now ? now->default_version.text() : "";
    target.knows_attribute_versions =
        render::names_in_program(files, new_.bin_directory + "/postgres")("pg_attver");
    target.rooms = rooms_of(written_by_upgrade(directories_, facts, record_.from_major,
                                               transfer_ == FileTransfer::copy));
    if (directories_.in_place()) {
        target.mount_points =
            mount_points_in(directories_.data, files.read("/proc/self/mountinfo").value_or(""));
    }
    target.taken_tablespaces = postgres::tablespace_versions(facts.tablespaces, record_.to_major);
    return target;
}

Status MajorUpgrade::make_like_old() {
    constexpr mode_t kGroupRead = 0040;
    struct stat version {};
    const bool group_access = ::stat((directories_.old + "/PG_VERSION").c_str(), &version) == 0 &&
                              (version.st_mode & kGroupRead) != 0;
    std::error_code none;
    const auto wal = std::filesystem::read_symlink(directories_.old + "/pg_wal", none);
    const std::string wal_directory =
        none ? std::string() : fmt::format("{}/pg_wal_{}", wal.string(), record_.to_major);
    return run_program(initdb_arguments(new_, facts_, group_access, wal_directory),
                       log_path("initdb"), "initdb");
}

Status MajorUpgrade::run_pg_upgrade(bool only_check) {
    PgUpgradeRequest request{old_, new_, sockets_.socket(), facts_.superuser, transfer_};
    request.jobs = std::max(1U, std::thread::hardware_concurrency());
    request.only_check = only_check;
    Status done = run_program(pg_upgrade_arguments(request), log_path("pg_upgrade"),
                              only_check ? "pg_upgrade --check" : "pg_upgrade");
    if (!done) {
        done.error().message += named_files(done.error().message, directories_.work);
    }
    return done;
}

// --- After it ---

Status MajorUpgrade::enter(UpgradePhase phase) {
    record_.phase = phase;
    return postgres::write_upgrade_record(node_.data_directory, record_);
}

Status MajorUpgrade::complete() {
    Status done = record_.phase == UpgradePhase::upgraded ? complete_new_cluster() : Status();
    return done ? move_into_place() : done;
}

Status MajorUpgrade::complete_new_cluster() {
    if (node_.settings.pg_upgrade.data_checksums) {
        CITUS_INIT_TRY(switch_checksums_on(new_, sockets_.socket(), directories_.work));
    }
    CITUS_INIT_TRY(finish_new());
    CITUS_INIT_TRY(directories_.in_place() ? keep_configuration(directories_)
                                           : copy_user_files(directories_));
    return enter(directories_.in_place() ? UpgradePhase::moving_old : UpgradePhase::moving_new);
}

Status MajorUpgrade::finish_new() {
    log::info("starting the new server privately, to complete the upgrade");
    auto running = PrivateServer::start(new_, sockets_.socket(), log_path("new_server"));
    if (!running) {
        return fail(running.error());
    }
    CITUS_INIT_TRY(
        keep(facts_, read_cluster_facts(connector_, server(node_.settings.postgres.user))));
    const auto target = server(facts_.superuser);
    const auto finished = finish_citus(connector_, target, facts_);
    if (!finished) {
        return fail(finished.error());
    }
    for (const auto& database : *finished) {
        log::info("called citus_finish_pg_upgrade() in the database \"{}\"", database);
    }
    CITUS_INIT_TRY(update_all_extensions(target));
    if (record_.to_major < kFirstThatKeepsStatistics) {
        CITUS_INIT_TRY(analyze(connector_, target, facts_));
    }
    return running->stop();
}

// pg_upgrade takes them along as they were. One that fails is no reason to go back.
Status MajorUpgrade::update_all_extensions(const citus::ConnectionTarget& target) {
    const auto updates = citus::update_extensions(
        connector_, target,
        {node_.settings.citus.database, citus::UpgradePolicy::off, {}, /*all=*/true});
    if (!updates) {
        return fail(updates.error());
    }
    for (const auto& change : updates->changes) {
        log::info("{}", change);
    }
    for (const auto& warning : updates->warnings) {
        log::warning("{}", warning);
    }
    return {};
}

Status MajorUpgrade::move_into_place() {
    if (record_.phase == UpgradePhase::moving_old) {
        CITUS_INIT_TRY(move_old_away(directories_));
        CITUS_INIT_TRY(enter(UpgradePhase::moving_new));
    }
    CITUS_INIT_TRY(move_new_into_place(directories_));
    CITUS_INIT_TRY(note_what_is_kept());
    log::info(
        "upgraded \"{}\" from PostgreSQL {} to {}. The old cluster is kept in \"{}\" until a "
        "start with CITUS_PG_UPGRADE_CLEAN=true; docs/upgrades.md has the way back{}",
        node_.data_directory, record_.from_major, record_.to_major,
        directories_.in_place() ? directories_.kept : directories_.old,
        record_.linked ? ": by a backup alone, since its files were linked" : "");
    return {};
}

// The last step: the record is removed, and with it all that says that the upgrade is not over.
Status MajorUpgrade::note_what_is_kept() const {
    CITUS_INIT_TRY(make_directories(directories_.kept, 0700));
    CITUS_INIT_TRY(
        write_file_atomically(fmt::format("{}/{}", directories_.kept, postgres::kKeptRecordName),
                              postgres::upgrade_record_text(record_), 0600));
    CITUS_INIT_TRY(postgres::remove_tree(directories_.work));
    return postgres::remove_upgrade_record(node_.data_directory);
}

// The record stays, until all of it is taken back; that of a cluster that is half removed must not
// say that it can be completed.
Status discard(const std::string& data_directory, UpgradeRecord record) {
    record.phase = UpgradePhase::begun;
    CITUS_INIT_TRY(postgres::write_upgrade_record(data_directory, record));
    CITUS_INIT_TRY(
        discard_attempt(UpgradeDirectories::of(data_directory, record.old_directory), record));
    log::info("removed what an upgrade to PostgreSQL {} that was cut off had made in \"{}\"",
              record.to_major, data_directory);
    return {};
}

Result<MajorUpgrade> prepare(node::Node& node, citus::Connector& connector, UpgradeRecord record) {
    auto sockets = SocketDirectory::make(node.settings.supervisor.run_directory);
    if (!sockets) {
        return fail(sockets.error());
    }
    MajorUpgrade upgrade(node, connector, std::move(record), std::move(*sockets));
    return upgrade;
}

// PID 1 has the lock of the data directory.
Result<std::optional<postgres::DataDirectoryLock>> lock_old_place(const std::string& directory) {
    if (directory.empty()) {
        return std::optional<postgres::DataDirectoryLock>();
    }
    return postgres::lock_data_directory(directory).map(
        [](postgres::DataDirectoryLock lock) { return std::optional(std::move(lock)); });
}

Status begin_locked(node::Node& node, citus::Connector& connector, const OldCluster& old) {
    UpgradeRecord record;
    record.from_major = old.major;
    record.to_major = node.postgres_major;
    record.old_directory = old.directory;
    record.program_version = version();
    record.created = utc_now();
    auto upgrade = prepare(node, connector, std::move(record));
    if (!upgrade) {
        return fail(upgrade.error());
    }
    CITUS_INIT_TRY(upgrade->find_programs());
    CITUS_INIT_TRY(upgrade->upgrade());
    return upgrade->complete();
}

// Both clusters write into the same files then.
Error linked_and_run_since(const UpgradeDirectories& directories) {
    return {ExitCode::data_directory,
            fmt::format("\"{0}\" has run since pg_upgrade has linked its files into the new "
                        "cluster, which is not complete yet. Nothing was changed. If the new "
                        "server was never started (\"starting the new server privately\" in the "
                        "log), remove \"{1}\" and \"{2}/{3}\", and start again, which begins the "
                        "upgrade anew; else restore a backup",
                        directories.old, directories.work, directories.data,
                        postgres::kUpgradeRecordName)};
}

Status begin_anew(node::Node& node, citus::Connector& connector, const UpgradeRecord& record) {
    CITUS_INIT_TRY(discard(node.data_directory, record));
    return begin_locked(node, connector, {record.old_directory, record.from_major});
}

}  // namespace

Status begin_upgrade(node::Node& node, citus::Connector& connector, const OldCluster& old) {
    const auto lock = lock_old_place(old.directory);
    return lock ? begin_locked(node, connector, old) : Status(fail(lock.error()));
}

Status continue_upgrade(node::Node& node, citus::Connector& connector,
                        const UpgradeRecord& record) {
    const auto lock = lock_old_place(record.old_directory);
    if (!lock) {
        return fail(lock.error());
    }
    const auto directories = UpgradeDirectories::of(node.data_directory, record.old_directory);
    if (has_old_cluster_run_since(RealFilesystem(), directories, record)) {
        if (record.linked) {
            return fail(linked_and_run_since(directories));
        }
        log::warning(
            "an upgrade was cut off ({}), and \"{}\" has run since pg_upgrade has copied it: it is "
            "begun anew",
            upgrade_phase_name(record.phase), directories.old);
        return begin_anew(node, connector, record);
    }
    if (record.phase == UpgradePhase::begun) {
        log::info("an upgrade was cut off before pg_upgrade had ended: it is begun anew");
        return begin_anew(node, connector, record);
    }
    log::info("an upgrade was cut off ({}): it goes on", upgrade_phase_name(record.phase));
    auto upgrade = prepare(node, connector, record);
    if (!upgrade) {
        return fail(upgrade.error());
    }
    if (record.phase == UpgradePhase::upgraded) {
        CITUS_INIT_TRY(upgrade->find_programs());
    }
    return upgrade->complete();
}

// On the server of the old version, which `node` has.
Status abandon_upgrade(node::Node& node, citus::Connector& connector, const UpgradeRecord& record) {
    CITUS_INIT_TRY(discard(node.data_directory, record));
    if (node.settings.citus.enable) {
        CITUS_INIT_TRY(with_own_server(node, [&](const citus::ConnectionTarget& server) -> Status {
            const auto facts = read_cluster_facts(connector, server);
            return facts ? undo_prepare(connector, server, *facts) : Status(fail(facts.error()));
        }));
        CITUS_INIT_TRY(postgres::remove_prepared_mark(node.data_directory));
    }
    return postgres::remove_upgrade_record(node.data_directory);
}

}  // namespace citus_init::upgrade
