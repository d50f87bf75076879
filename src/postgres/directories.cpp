#include "citus_init/postgres/directories.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <vector>

#include <fmt/core.h>

#include "citus_init/base/disk_space.h"
#include "citus_init/base/durability.h"
#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/path.h"
#include "citus_init/base/wal_segment.h"
#include "citus_init/postgres/bootstrap_marker.h"

namespace citus_init::postgres {

namespace {

constexpr mode_t kPermissionBits = 07777;

}  // namespace

Status sync_data_directory(const std::string& path) {
    const RealFilesystem files;
    std::vector<std::string> directories{path, path + "/pg_wal"};
    const std::string tablespaces = path + "/pg_tblspc";
    for (const auto& name : files.list(tablespaces).value_or(std::vector<std::string>())) {
        // A link that leads nowhere is the server's to report.
        const std::string place = fmt::format("{}/{}", tablespaces, name);
        if (const auto status = files.status(place);
            status && status->type == FileType::directory) {
            directories.push_back(place);
        }
    }
    std::set<dev_t> synced;
    for (const auto& directory : directories) {
        struct stat info {};
        if (::stat(directory.c_str(), &info) != 0) {
            return fail(errno_error(fmt::format("cannot sync \"{}\"", directory), errno));
        }
        if (synced.insert(info.st_dev).second) {
            CITUS_INIT_TRY(sync_file_system(directory));
        }
    }
    return {};
}

Status make_data_directory(const std::string& path) {
    return make_private_directory(path, ExistingDirectory::left_as_it_is);
}

void fix_data_directory_mode(const std::string& path) {
    constexpr mode_t kGroupRead = 0040;
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
        return;
    }
    struct stat version {};
    const bool group_reads = ::stat((path + "/PG_VERSION").c_str(), &version) == 0 &&
                             (version.st_mode & kGroupRead) != 0;
    const mode_t most = group_reads ? 0750 : 0700;
    const mode_t mode = info.st_mode & kPermissionBits;
    if ((mode & ~most) != 0 || (mode & 0700U) != 0700U) {
        [[maybe_unused]] const int ignored = ::chmod(path.c_str(), most);
    }
}

std::string make_socket_directory(const std::string& path) {
    constexpr mode_t kMode = 03775;
    if (const auto made = make_directories(path, 0755); !made) {
        return made.error().message;
    }
    const auto directory = open_directory(path);
    if (!directory) {
        return directory.error().message;
    }
    struct stat info {};
    if (::fstat(directory->get(), &info) == 0 && (info.st_mode & kPermissionBits) != kMode &&
        ::fchmod(directory->get(), kMode) != 0) {
        return fmt::format("cannot chmod \"{}\": {}", path, ::strerror(errno));
    }
    return {};
}

Status make_wal_directory(const std::string& path, const std::string& data_directory, uid_t owner) {
    if (path.empty() || path.front() != '/') {
        return fail(ExitCode::config,
                    fmt::format("POSTGRES_INITDB_WALDIR: \"{}\" is not an absolute path. initdb "
                                "takes no other.",
                                path));
    }
    if (is_within(path, data_directory)) {
        return fail(ExitCode::config,
                    fmt::format("POSTGRES_INITDB_WALDIR: \"{}\" lies within the data directory "
                                "\"{}\", which initdb wants empty. Choose a directory outside of "
                                "it, or leave it unset.",
                                path, data_directory));
    }
    CITUS_INIT_TRY(make_private_directory(path, ExistingDirectory::left_as_it_is));
    if (const auto names = RealFilesystem().list(path);
        names && !names->empty() && std::none_of(names->begin(), names->end(), is_wal_entry)) {
        return {};  // somebody else's: a bootstrap refuses it, a later start has no use for it
    }
    if (::geteuid() == 0) {
        if (const auto walk = take_ownership(path, owner); !walk) {
            return fail(walk.error());
        }
    }
    const auto directory = open_directory(path);
    if (!directory) {
        return fail(directory.error());
    }
    if (::fchmod(directory->get(), 0700) != 0) {
        return fail(errno_error(fmt::format("cannot chmod WAL directory \"{}\"", path), errno));
    }
    return {};
}

Status check_wal_is_there(const std::string& data_directory) {
    const RealFilesystem files;
    for (const char* name : {"backup_label", "recovery.signal", "standby.signal"}) {
        if (files.exists(fmt::format("{}/{}", data_directory, name))) {
            return {};
        }
    }
    const std::string path = data_directory + "/pg_wal";
    std::error_code none;
    const auto target = std::filesystem::read_symlink(path, none);
    const std::string place =
        none ? fmt::format("\"{}\"", path)
             : fmt::format(R"("{}", which leads to "{}",)", path, target.string());
    const auto names = files.list(path);
    if (!names) {
        return fail(ExitCode::data_directory,
                    fmt::format("{} is not there: {}. Mount the volume that the write-ahead log is "
                                "on. Do not run pg_resetwal: it loses what was committed",
                                place, names.error().message));
    }
    if (std::none_of(names->begin(), names->end(),
                     [](const auto& name) { return parse_wal_segment(name).has_value(); })) {
        return fail(ExitCode::data_directory,
                    fmt::format("{} holds no write-ahead log, so it is not the one of this data "
                                "directory. Mount the volume that it is on. Do not run "
                                "pg_resetwal: it loses what was committed",
                                place));
    }
    return {};
}

Status check_wal_directory_is_empty(const std::string& path) {
    const auto names = RealFilesystem().list(path);
    if (!names) {
        return fail(names.error());
    }
    const auto content = std::find_if(names->begin(), names->end(), [](const std::string& name) {
        return name.front() != '.' && name != "lost+found";
    });
    if (content == names->end() && !names->empty()) {
        return fail(
            ExitCode::data_directory,
            fmt::format("WAL directory \"{}\" (POSTGRES_INITDB_WALDIR) is not empty (\"{}\" "
                        "is in it): it looks like the root of a file system, which initdb "
                        "does not take. Set POSTGRES_INITDB_WALDIR to a directory below "
                        "it: {}/pg_wal",
                        path, names->front(), path));
    }
    if (!names->empty()) {
        return fail(
            ExitCode::data_directory,
            fmt::format("WAL directory \"{}\" (POSTGRES_INITDB_WALDIR) is not empty (\"{}\" "
                        "is in it), but the data directory is. Restore the data directory "
                        "that the WAL belongs to; if it belongs to no cluster any more, move "
                        "it away.",
                        path, *content));
    }
    return {};
}

Status remove_tree(const std::string& path) {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) {
        return fail(errno_error(fmt::format("cannot remove \"{}\"", path), error.value()));
    }
    return {};
}

Status check_owner(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot stat \"{}\"", path), errno));
    }
    if (info.st_uid == ::geteuid()) {
        return {};
    }
    return fail(
        ExitCode::permission,
        fmt::format("directory \"{}\" belongs to uid {}, but this runs as uid {}, and PostgreSQL "
                    "takes only a data directory that is its own. Mount a volume that belongs to "
                    "uid {}, or set PGDATA to a directory inside: PGDATA={}/pgdata.",
                    path, info.st_uid, ::geteuid(), ::geteuid(), path));
}

Status check_room(const std::string& path, std::uint64_t bytes, std::uint64_t files) {
    if (::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
        const int reason = errno;
        return fail(errno_error(
            fmt::format("directory \"{}\" is not writable for uid {}", path, ::geteuid()), reason));
    }
    const auto space = disk_space(path);
    if (!space) {
        return fail(space.error());
    }
    if (space->free < bytes) {
        constexpr std::uint64_t kMebibyte = 1024ULL * 1024;
        return fail(
            ExitCode::io,
            fmt::format("the disk of \"{}\" is full: {} MB free, {} MB needed. Make room or "
                        "enlarge the volume.",
                        path, space->free / kMebibyte, bytes / kMebibyte));
    }
    if (space->free_files < files) {
        return fail(
            ExitCode::io,
            fmt::format("the file system of \"{}\" has room for {} more files (inodes), and "
                        "{} are needed. Remove files, or make it with more inodes.",
                        path, space->free_files, files));
    }
    return {};
}

}  // namespace citus_init::postgres
