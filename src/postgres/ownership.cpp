#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/postgres/directories.h"

namespace citus_init::postgres {

namespace {

constexpr gid_t kKeepGroup = static_cast<gid_t>(-1);

Error failure(const std::string& path, uid_t owner, int reason) {
    if (reason == EPERM || reason == EACCES || reason == EROFS) {
        return Error{
            ExitCode::permission,
            fmt::format("cannot give \"{}\" to uid {}: {}. The file system does not let "
                        "root do it (NFS with root_squash, a read-only or rootless mount?): "
                        "change the owner on the volume itself, or run the container with "
                        "--user as the owner that it has.",
                        path, owner, std::generic_category().message(reason))};
    }
    return errno_error(fmt::format("cannot give \"{}\" to uid {}", path, owner), reason);
}

// Root without CAP_DAC_OVERRIDE cannot look into a 0700 directory of the server's user. Whoever
// made it so made what is in it as well.
bool is_closed_to_root(int reason, const struct stat& info, uid_t owner) {
    return reason == EACCES && info.st_uid == owner;
}

// Walks by descriptors relative to their parent, so that no path component can be swapped for a
// symlink under our feet while we are root.
class Walk {
  public:
    explicit Walk(uid_t owner) : owner_(owner) {}

    [[nodiscard]] Status directory(Fd descriptor, const std::string& path);
    const OwnershipWalk& result() const { return result_; }

  private:
    [[nodiscard]] Status entry(int parent, const char* name, const std::string& directory_path);

    uid_t owner_;
    OwnershipWalk result_;
};

Status Walk::directory(Fd descriptor, const std::string& path) {
    const int parent = descriptor.get();
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(parent), ::closedir);
    if (!entries) {
        return fail(failure(path, owner_, errno));
    }
    descriptor.release();  // closedir closes it
    errno = 0;
    while (const dirent* found = ::readdir(entries.get())) {
        const std::string_view name(found->d_name);
        if (name != "." && name != "..") {
            CITUS_INIT_TRY(entry(parent, found->d_name, path));
        }
        errno = 0;
    }
    return errno == 0 ? Status{} : fail(failure(path, owner_, errno));
}

Status Walk::entry(int parent, const char* name, const std::string& directory_path) {
    // Composed only where it is needed: most entries are files that are the owner's already.
    const auto path = [&] { return fmt::format("{}/{}", directory_path, name); };
    struct stat info {};
    if (::fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? Status{} : fail(failure(path(), owner_, errno));
    }
    ++result_.entries;
    if (info.st_uid != owner_) {
        if (::fchownat(parent, name, owner_, kKeepGroup, AT_SYMLINK_NOFOLLOW) != 0) {
            return fail(failure(path(), owner_, errno));
        }
        ++result_.changed;
    }
    if (!S_ISDIR(info.st_mode)) {
        return {};
    }
    Fd below(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!below) {
        return is_closed_to_root(errno, info, owner_) ? Status()
                                                      : fail(failure(path(), owner_, errno));
    }
    return directory(std::move(below), path());
}

}  // namespace

Result<OwnershipWalk> take_ownership(const std::string& path, uid_t owner) {
    Fd top(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat info {};
    if (!top) {
        const int reason = errno;
        if (::stat(path.c_str(), &info) == 0 && is_closed_to_root(reason, info, owner)) {
            return OwnershipWalk{};
        }
        return fail(errno_error(fmt::format("cannot open \"{}\"", path), reason));
    }
    if (::fstat(top.get(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot examine \"{}\"", path), errno));
    }
    const bool change = info.st_uid != owner;
    if (change && ::fchown(top.get(), owner, kKeepGroup) != 0) {
        return fail(failure(path, owner, errno));
    }
    Walk walk(owner);
    CITUS_INIT_TRY(walk.directory(std::move(top), path));
    OwnershipWalk result = walk.result();
    result.entries += 1;
    result.changed += change ? 1 : 0;
    return result;
}

}  // namespace citus_init::postgres
