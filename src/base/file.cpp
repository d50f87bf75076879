#include "citus_init/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <deque>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include <climits>
#include <fmt/core.h>

#include "citus_init/base/durability.h"
#include "citus_init/base/fd.h"
#include "citus_init/base/text.h"

namespace citus_init {

Status write_all(int fd, std::string_view content, const std::string& name) {
    while (!content.empty()) {
        const ssize_t count = ::write(fd, content.data(), content.size());
        if (count < 0 && errno != EINTR) {
            return fail(errno_error(fmt::format("cannot write \"{}\"", name), errno));
        }
        content.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    return {};
}

namespace {

Status write_temporary(const std::string& path, std::string_view content, mode_t mode,
                       Durability durability) {
    // Whatever lies there, a FIFO or a link to elsewhere, is not written to.
    ::unlink(path.c_str());
    const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd) {
        return fail(
            errno_error(fmt::format("cannot create \"{}\"", path), errno, ExitCode::cannot_create));
    }
    // open's mode is cut by the umask.
    if (::fchmod(fd.get(), mode) != 0) {
        return fail(errno_error(fmt::format("cannot chmod \"{}\"", path), errno));
    }
    CITUS_INIT_TRY(write_all(fd.get(), content, path));
    if (durability == Durability::synced && ::fsync(fd.get()) != 0) {
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

// Where a path leads, one component after the other, missing ones made with `make_mode` if given.
class PathWalk {
  public:
    PathWalk(std::string path, std::optional<mode_t> make_mode)
        : path_(std::move(path)), make_mode_(make_mode) {}

    Result<Fd> run() {
        CITUS_INIT_TRY(start_at(path_));
        while (!rest_.empty()) {
            const std::string name = std::move(rest_.front());
            rest_.pop_front();
            if (!name.empty() && name != ".") {
                CITUS_INIT_TRY(enter(name));
            }
        }
        return std::move(here_);
    }

  private:
    Status start_at(const std::string& path) {
        if (path.starts_with('/') || !here_) {
            here_ = Fd(::open(path.starts_with('/') ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
        }
        if (!here_) {
            return failed("cannot open", errno);
        }
        auto names = split(path, '/');
        rest_.insert(rest_.begin(), std::make_move_iterator(names.begin()),
                     std::make_move_iterator(names.end()));
        return {};
    }

    Status enter(const std::string& name) {
        struct stat info {};
        if (::fstatat(here_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno != ENOENT || !make_mode_) {
                return failed("cannot open", errno);
            }
            if (::mkdirat(here_.get(), name.c_str(), *make_mode_) != 0 && errno != EEXIST) {
                return failed("cannot create directory", errno);
            }
        } else if (S_ISLNK(info.st_mode)) {
            return follow(name, info);
        }
        Fd next(::openat(here_.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!next && errno == ENOTDIR && make_mode_) {
            return fail(
                ExitCode::cannot_create,
                fmt::format("cannot create directory \"{}\": a file of that name exists", path_));
        }
        if (!next) {
            return failed("cannot open", errno);
        }
        here_ = std::move(next);
        return {};
    }

    Status follow(const std::string& name, const struct stat& info) {
        constexpr int kMostLinks = 40;  // MAXSYMLINKS
        if (++links_ > kMostLinks) {
            return failed("cannot open", ELOOP);
        }
        if (::geteuid() == 0 && (info.st_uid != 0 || info.st_nlink != 1)) {
            return fail(ExitCode::permission,
                        fmt::format("\"{}\": \"{}\" in it is a symbolic link of uid {}, and root "
                                    "follows only links that root made. Put a directory or a "
                                    "mount in its place, or chown -h root the link",
                                    path_, name, info.st_uid));
        }
        std::string target(PATH_MAX, '\0');
        const ssize_t size = ::readlinkat(here_.get(), name.c_str(), target.data(), target.size());
        if (size < 0) {
            return failed("cannot open", errno);
        }
        target.resize(static_cast<std::size_t>(size));
        return start_at(target);
    }

    Status failed(const char* what, int reason) const {
        return fail(errno_error(fmt::format("{} \"{}\"", what, path_), reason,
                                make_mode_ ? ExitCode::cannot_create : ExitCode::io));
    }

    std::string path_;
    std::optional<mode_t> make_mode_;
    Fd here_;
    std::deque<std::string> rest_;
    int links_ = 0;
};

Result<Fd> walk_to(const std::string& path, std::optional<mode_t> make_mode) {
    return PathWalk(path, make_mode).run();
}

}  // namespace

Status write_file_atomically(const std::string& path, std::string_view content, mode_t mode) {
    CITUS_INIT_TRY(replace(path, content, mode, Durability::synced));
    return fsync_directory(std::filesystem::path(path).parent_path().string());
}

Status replace_file(const std::string& path, std::string_view content, mode_t mode) {
    return replace(path, content, mode, Durability::left_to_caller);
}

Result<Fd> open_directory(const std::string& path) {
    auto found = walk_to(path, std::nullopt);
    if (!found) {
        return found;
    }
    Fd opened(::openat(found->get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) {
        return fail(errno_error(fmt::format("cannot open \"{}\"", path), errno));
    }
    return opened;
}

Status make_directories(const std::string& path, mode_t mode) {
    const auto made = walk_to(path, mode);
    return made ? Status() : fail(made.error());
}

Status make_private_directory(const std::string& path, ExistingDirectory existing) {
    constexpr mode_t kOwnerOnly = 0700;
    constexpr mode_t kPassable = 0755;
    constexpr mode_t kModeBits = 07777;
    auto last = std::filesystem::path(path).lexically_normal();
    if (!last.has_filename()) {
        last = last.parent_path();  // a slash at the end
    }
    CITUS_INIT_TRY(make_directories(last.parent_path().string(), kPassable));
    CITUS_INIT_TRY(make_directories(last.string(), kOwnerOnly));
    if (existing == ExistingDirectory::left_as_it_is) {
        return {};
    }
    struct stat info {};
    if (::lstat(last.c_str(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot examine \"{}\"", path), errno));
    }
    if (!S_ISDIR(info.st_mode) || info.st_uid != ::geteuid()) {
        return fail(
            ExitCode::permission,
            fmt::format("\"{}\" is for secrets of user {}, and is {}. Remove it", path, ::geteuid(),
                        S_ISDIR(info.st_mode) ? "another user's" : "no directory"));
    }
    if ((info.st_mode & kModeBits) != kOwnerOnly && ::chmod(last.c_str(), kOwnerOnly) != 0) {
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
