#include "upgrade/directories.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <system_error>

#include <fmt/core.h>

#include "citus_init/base/durability.h"
#include "citus_init/base/fd.h"
#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/postgres/data_directory.h"
#include "citus_init/postgres/directories.h"
#include "citus_init/postgres/tablespaces.h"
#include "citus_init/postgres/upgrade_record.h"

namespace citus_init::upgrade {

namespace {

namespace fs = std::filesystem;

// Those that initdb and the server make outside of directories named pg_* (13 to 18).
constexpr std::array<std::string_view, 9> kClusterEntries{"PG_VERSION",
                                                          "base",
                                                          "global",
                                                          "postmaster.opts",
                                                          "postmaster.pid",
                                                          "current_logfiles",
                                                          "backup_label.old",
                                                          "tablespace_map.old",
                                                          postgres::kPreparedMarkName};
constexpr std::array<std::string_view, 14> kClusterDirectories{
    "pg_commit_ts", "pg_dynshmem", "pg_logical",   "pg_multixact", "pg_notify",
    "pg_replslot",  "pg_serial",   "pg_snapshots", "pg_stat",      "pg_stat_tmp",
    "pg_subtrans",  "pg_tblspc",   "pg_twophase",  "pg_xact"};
constexpr std::array<const char*, 4> kConfigurationFiles{"postgresql.conf", "postgresql.auto.conf",
                                                         "pg_hba.conf", "pg_ident.conf"};

Status rename_path(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) {
        return fail(errno_error(fmt::format(R"(cannot rename "{}" to "{}")", from, to), errno));
    }
    return {};
}

bool is_there(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0;
}

Status copy_path(const std::string& from, const std::string& to) {
    std::error_code error;
    fs::copy(from, to,
             fs::copy_options::recursive | fs::copy_options::copy_symlinks |
                 fs::copy_options::overwrite_existing,
             error);
    if (error) {
        return fail(
            errno_error(fmt::format(R"(cannot copy "{}" to "{}")", from, to), error.value()));
    }
    return {};
}

// That of a new cluster, in a directory of its own.
Status remove_wal_of(const std::string& cluster) {
    std::error_code none;
    const auto wal = fs::read_symlink(cluster + "/pg_wal", none);
    return none ? Status() : postgres::remove_tree(wal.string());
}

// What an attempt has moved and copied there, out of another place. The directory was empty.
Status empty_data_directory(const UpgradeDirectories& directories) {
    const auto names = RealFilesystem().list(directories.data);
    if (!names) {
        return fail(names.error());
    }
    CITUS_INIT_TRY(remove_wal_of(directories.data));
    for (const auto& name : *names) {
        const bool is_copied = is_there(fmt::format("{}/{}", directories.old, name)) &&
                               name != postgres::kUpgradeRecordName && name != "lost+found";
        if (is_copied || is_cluster_entry(name) || name == postgres::kKeptDirectoryName) {
            CITUS_INIT_TRY(postgres::remove_tree(fmt::format("{}/{}", directories.data, name)));
        }
    }
    return {};
}

// What keep_configuration() has made; no cluster, which another upgrade has kept.
Status remove_kept_configuration(const UpgradeDirectories& directories) {
    if (is_there(directories.kept + "/PG_VERSION")) {
        return {};
    }
    for (const char* name : kConfigurationFiles) {
        CITUS_INIT_TRY(postgres::remove_tree(fmt::format("{}/{}", directories.kept, name)));
    }
    std::error_code not_empty;
    fs::remove(directories.kept, not_empty);
    return {};
}

// It loses its name at once, so that no kill leaves it behind.
Fd file_without_name(const std::string& directory) {
    constexpr mode_t kOwnerOnly = 0600;
    const std::string path = directory + "/citus_init.clone.test";
    Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
    ::unlink(path.c_str());
    return file;
}

// Records and leftovers that are about the directory where they lie.
bool is_of_the_place(std::string_view name) {
    return name.starts_with("citus_init.") || name == "pg_upgrade_output.d" || name == "lost+found";
}

}  // namespace

UpgradeDirectories UpgradeDirectories::of(const std::string& data_directory,
                                          const std::string& old_directory) {
    const std::string work = fmt::format("{}/{}", data_directory, postgres::kUpgradeDirectoryName);
    return {data_directory, old_directory.empty() ? data_directory : old_directory, work,
            work + "/new", fmt::format("{}/{}", data_directory, postgres::kKeptDirectoryName)};
}

bool is_cluster_entry(std::string_view name) {
    const auto has = [&](const auto& names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    return has(kClusterEntries) || has(kClusterDirectories) || name == "pg_wal";
}

std::vector<std::string> mount_points_in(const std::string& data_directory,
                                         std::string_view mountinfo) {
    const std::string directory = RealFilesystem().resolve(data_directory) + "/";
    std::vector<std::string> found;
    for (const auto& point : postgres::mount_points(mountinfo)) {
        if (point.starts_with(directory) && is_cluster_entry(point.substr(directory.size()))) {
            found.push_back(point);
        }
    }
    return found;
}

bool can_clone(const std::string& old_directory, const std::string& work_directory) {
    const Fd from(::open((old_directory + "/PG_VERSION").c_str(), O_RDONLY | O_CLOEXEC));
    const Fd to = file_without_name(work_directory);
    return from && to && ::ioctl(to.get(), FICLONE, from.get()) == 0;
}

bool can_clone_within(const std::string& directory) {
    const Fd from = file_without_name(directory);
    const Fd to = file_without_name(directory);
    return from && to && write_all(from.get(), "1", directory) &&
           ::ioctl(to.get(), FICLONE, from.get()) == 0;
}

std::vector<std::string> places_without_clones(const UpgradeDirectories& directories,
                                               const std::vector<std::string>& tablespaces) {
    std::vector<std::string> found;
    if (!can_clone(directories.old, directories.work)) {
        found.push_back(directories.work);
    }
    std::copy_if(tablespaces.begin(), tablespaces.end(), std::back_inserter(found),
                 [](const std::string& tablespace) { return !can_clone_within(tablespace); });
    return found;
}

Status discard_attempt(const UpgradeDirectories& directories,
                       const postgres::UpgradeRecord& record) {
    const std::string control = directories.old + "/global/pg_control";
    if (is_there(control + ".old") && !is_there(control)) {
        CITUS_INIT_TRY(rename_path(control + ".old", control));
    }
    if (record.transfer_begun) {
        CITUS_INIT_TRY(postgres::remove_tablespace_versions(directories.old, record.to_major));
    }
    CITUS_INIT_TRY(remove_wal_of(directories.made));
    CITUS_INIT_TRY(directories.in_place() ? remove_kept_configuration(directories)
                                          : empty_data_directory(directories));
    return postgres::remove_tree(directories.work);
}

Status keep_configuration(const UpgradeDirectories& directories) {
    CITUS_INIT_TRY(make_directories(directories.kept, 0700));
    for (const char* name : kConfigurationFiles) {
        const std::string from = fmt::format("{}/{}", directories.old, name);
        if (is_there(from)) {
            CITUS_INIT_TRY(copy_path(from, fmt::format("{}/{}", directories.kept, name)));
        }
    }
    return sync_file_system(directories.kept);
}

std::uint64_t bytes_of_tree(const std::string& path) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
        return S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size) : 0;
    }
    std::uint64_t bytes = 0;
    for (const auto& name : RealFilesystem().list(path).value_or(std::vector<std::string>())) {
        bytes += bytes_of_tree(fmt::format("{}/{}", path, name));
    }
    return bytes;
}

Result<std::vector<std::string>> user_files(const UpgradeDirectories& directories) {
    auto names = RealFilesystem().list(directories.old);
    if (!names) {
        return names;
    }
    std::erase_if(*names, [&](const std::string& name) {
        // A data directory of another version may lie in the old place: PGDATA itself.
        const bool is_nested =
            directories.data.starts_with(fmt::format("{}/{}/", directories.old, name));
        return is_cluster_entry(name) || is_of_the_place(name) || is_nested ||
               is_there(fmt::format("{}/{}", directories.data, name));
    });
    return names;
}

std::uint64_t bytes_of_user_files(const UpgradeDirectories& directories) {
    std::uint64_t bytes = 0;
    for (const auto& name : user_files(directories).value_or(std::vector<std::string>())) {
        bytes += bytes_of_tree(fmt::format("{}/{}", directories.old, name));
    }
    return bytes;
}

Status copy_user_files(const UpgradeDirectories& directories) {
    const auto names = user_files(directories);
    if (!names) {
        return fail(names.error());
    }
    const std::string copies = directories.work + "/files";
    CITUS_INIT_TRY(postgres::remove_tree(copies));
    CITUS_INIT_TRY(make_directories(copies, 0700));
    for (const auto& name : *names) {
        CITUS_INIT_TRY(copy_path(fmt::format("{}/{}", directories.old, name),
                                 fmt::format("{}/{}", copies, name)));
    }
    CITUS_INIT_TRY(sync_file_system(copies));
    for (const auto& name : *names) {
        CITUS_INIT_TRY(rename_path(fmt::format("{}/{}", copies, name),
                                   fmt::format("{}/{}", directories.data, name)));
    }
    return fsync_directory(directories.data);
}

Status move_old_away(const UpgradeDirectories& directories) {
    CITUS_INIT_TRY(make_directories(directories.kept, 0700));
    const auto names = RealFilesystem().list(directories.data);
    if (!names) {
        return fail(names.error());
    }
    // PG_VERSION is the first one in their order: without it no server starts here any more.
    for (const auto& name : *names) {
        if (is_cluster_entry(name)) {
            CITUS_INIT_TRY(rename_path(fmt::format("{}/{}", directories.data, name),
                                       fmt::format("{}/{}", directories.kept, name)));
        }
    }
    CITUS_INIT_TRY(fsync_directory(directories.kept));
    return fsync_directory(directories.data);
}

Status move_new_into_place(const UpgradeDirectories& directories) {
    const auto names = RealFilesystem().list(directories.made);
    if (!names) {
        return is_there(directories.data + "/PG_VERSION") ? Status() : Status(fail(names.error()));
    }
    for (const auto& name : *names) {
        const std::string to = fmt::format("{}/{}", directories.data, name);
        // What the user has keeps its place; PG_VERSION says that all is there.
        if (name != "PG_VERSION" && !(is_there(to) && !is_cluster_entry(name))) {
            CITUS_INIT_TRY(rename_path(fmt::format("{}/{}", directories.made, name), to));
        }
    }
    CITUS_INIT_TRY(fsync_directory(directories.data));
    const std::string version = directories.made + "/PG_VERSION";
    if (is_there(version)) {
        CITUS_INIT_TRY(rename_path(version, directories.data + "/PG_VERSION"));
    }
    return fsync_directory(directories.data);
}

}  // namespace citus_init::upgrade
