#include "citus_init/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <fmt/core.h>

#include "citus_init/base/fd.h"

namespace citus_init {

namespace {

Status write_all(const Fd& fd, std::string_view content, const std::string& path) {
    while (!content.empty()) {
        const ssize_t count = ::write(fd.get(), content.data(), content.size());
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            return fail(errno_error(fmt::format("cannot write \"{}\"", path), errno));
        }
        content.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

enum class Durability { fsync, none };

Status write_temporary(const std::string& path, std::string_view content, mode_t mode,
                       Durability durability) {
    const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!fd) {
        return fail(
            errno_error(fmt::format("cannot create \"{}\"", path), errno, ExitCode::cannot_create));
    }
    // open's mode is cut by the umask, and an old temporary file keeps its own.
    if (::fchmod(fd.get(), mode) != 0) {
        return fail(errno_error(fmt::format("cannot chmod \"{}\"", path), errno));
    }
    CITUS_INIT_TRY(write_all(fd, content, path));
    if (durability == Durability::fsync && ::fsync(fd.get()) != 0) {
        return fail(errno_error(fmt::format("cannot fsync \"{}\"", path), errno));
    }
    return {};
}

Status replace(const std::string& path, std::string_view content, mode_t mode,
               Durability durability) {
    const std::string temporary = path + ".tmp";
    if (Status written = write_temporary(temporary, content, mode, durability); !written) {
        ::unlink(temporary.c_str());
        return written;
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        const int reason = errno;
        ::unlink(temporary.c_str());
        return fail(errno_error(fmt::format("cannot rename to \"{}\"", path), reason));
    }
    return {};
}

}  // namespace

Status write_file_atomically(const std::string& path, std::string_view content, mode_t mode) {
    CITUS_INIT_TRY(replace(path, content, mode, Durability::fsync));
    return fsync_directory(std::filesystem::path(path).parent_path().string());
}

Status replace_file(const std::string& path, std::string_view content, mode_t mode) {
    return replace(path, content, mode, Durability::none);
}

Status make_directories(const std::string& path, mode_t mode) {
    std::string prefix;
    for (const auto& part : std::filesystem::path(path)) {
        prefix = (std::filesystem::path(prefix) / part).string();
        if (::mkdir(prefix.c_str(), mode) != 0 && errno != EEXIST) {
            // EROFS or EACCES on a parent that exists is no failure: only the last one counts.
            const int reason = errno;
            struct stat info {};
            if (::stat(prefix.c_str(), &info) == 0) {
                continue;
            }
            return fail(errno_error(fmt::format("cannot create directory \"{}\"", prefix), reason,
                                    ExitCode::cannot_create));
        }
    }
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
        return fail(
            ExitCode::cannot_create,
            fmt::format("cannot create directory \"{}\": a file of that name exists", path));
    }
    return {};
}

Status make_private_directory(const std::string& path) {
    constexpr mode_t kOwnerOnly = 0700;
    constexpr mode_t kModeBits = 07777;
    CITUS_INIT_TRY(make_directories(path, kOwnerOnly));
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot examine \"{}\"", path), errno));
    }
    if (!S_ISDIR(info.st_mode) || info.st_uid != ::geteuid()) {
        return fail(
            ExitCode::permission,
            fmt::format("\"{}\" is for secrets of user {}, and is {}. Remove it", path, ::geteuid(),
                        S_ISDIR(info.st_mode) ? "another user's" : "no directory"));
    }
    if ((info.st_mode & kModeBits) != kOwnerOnly && ::chmod(path.c_str(), kOwnerOnly) != 0) {
        return fail(errno_error(fmt::format("cannot set the mode of \"{}\"", path), errno));
    }
    return {};
}

Status remove_file(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return fail(errno_error(fmt::format("cannot remove \"{}\"", path), errno));
    }
    return {};
}

Status remove_directory_contents(const std::string& path) {
    std::error_code error;
    std::filesystem::directory_iterator entries(path, error);
    if (error) {
        return fail(errno_error(fmt::format("cannot list \"{}\"", path), error.value()));
    }
    for (const auto& entry : entries) {
        std::filesystem::remove_all(entry.path(), error);
        if (error) {
            return fail(errno_error(fmt::format("cannot remove \"{}\"", entry.path().string()),
                                    error.value()));
        }
    }
    return fsync_directory(path);
}

Status fsync_directory(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) {
        return fail(errno_error(fmt::format("cannot open \"{}\"", path), errno));
    }
    // EINVAL: a file system that cannot sync directories (some FUSE ones); PostgreSQL forgives it
    // too.
    if (::fsync(fd.get()) != 0 && errno != EINVAL && errno != EBADF) {
        return fail(errno_error(fmt::format("cannot fsync \"{}\"", path), errno));
    }
    return {};
}

}  // namespace citus_init
