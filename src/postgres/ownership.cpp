#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/base/file.h"
#include "citus_init/postgres/directories.h"
#include "citus_init/process/signals.h"

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

// Root without CAP_DAC_OVERRIDE cannot read a 0700 directory of the server's user. Whoever
// made it so made what is in it as well.
bool is_closed_to_root(int reason, const struct stat& info, uid_t owner) {
    return reason == EACCES && info.st_uid == owner;
}

using Inode = std::pair<dev_t, ino_t>;

// The names that the walk has met of a file with several.
struct LinkedFile {
    nlink_t names = 0;
    nlink_t met = 0;
    std::string path;
};

// Walks by descriptors relative to their parent, so that no path component can be swapped for a
// symlink under our feet while we are root.
class Walk {
  public:
    explicit Walk(uid_t owner) : owner_(owner) {}

    [[nodiscard]] Status directory(Fd descriptor, const std::string& path);
    const OwnershipWalk& result() const { return result_; }
    // For a second walk, which gives the files whose names are all within the tree.
    bool has_whole_files() const;
    void give_whole_files() { second_ = true; }
    void count_partial_files();

  private:
    [[nodiscard]] Status entry(int parent, const char* name, const std::string& directory_path);
    [[nodiscard]] Status give(int parent, const char* name, const std::string& path);
    bool may_give(const struct stat& info, const std::string& path);
    void leave_alone(const std::string& path);

    uid_t owner_;
    bool second_ = false;
    std::map<Inode, LinkedFile> linked_;
    OwnershipWalk result_;
};

bool Walk::has_whole_files() const {
    return std::any_of(linked_.begin(), linked_.end(),
                       [](const auto& file) { return file.second.met == file.second.names; });
}

void Walk::count_partial_files() {
    for (const auto& [inode, file] : linked_) {
        if (file.met != file.names) {
            leave_alone(file.path);
        }
    }
}

void Walk::leave_alone(const std::string& path) {
    if (result_.left_alone++ == 0) {
        result_.first_left_alone = path;
    }
}

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

// A file that also has a name outside of the tree is somebody's there, whoever put it in here.
bool Walk::may_give(const struct stat& info, const std::string& path) {
    if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) {
        if (!second_) {
            leave_alone(path);
        }
        return false;
    }
    if (!S_ISREG(info.st_mode) || info.st_nlink == 1) {
        return !second_;
    }
    auto& file = linked_[{info.st_dev, info.st_ino}];
    if (second_) {
        return file.met == file.names && info.st_nlink == file.names;
    }
    file = {info.st_nlink, file.met + 1, path};
    return false;
}

// The descriptor pins what was examined: another container on the volume may swap the name.
Status Walk::give(int parent, const char* name, const std::string& path) {
    const Fd pinned(::openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat info {};
    if (!pinned || ::fstat(pinned.get(), &info) != 0) {
        return errno == ENOENT ? Status{} : fail(failure(path, owner_, errno));
    }
    if (info.st_uid == owner_ || !may_give(info, path)) {
        return {};
    }
    if (::fchownat(pinned.get(), "", owner_, kKeepGroup, AT_EMPTY_PATH) != 0) {
        return fail(failure(path, owner_, errno));
    }
    ++result_.changed;
    return {};
}

Status Walk::entry(int parent, const char* name, const std::string& directory_path) {
    constexpr std::size_t kBetweenChecks = 1024;
    // Composed only where it is needed: most entries are files that are the owner's already.
    const auto path = [&] { return fmt::format("{}/{}", directory_path, name); };
    struct stat info {};
    if (::fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? Status{} : fail(failure(path(), owner_, errno));
    }
    if (++result_.entries % kBetweenChecks == 0 && process::stop_is_pending()) {
        return fail(ExitCode::os, "stopped on request");
    }
    if (info.st_uid != owner_) {
        CITUS_INIT_TRY(give(parent, name, path()));
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
    auto top = open_directory(path);
    struct stat info {};
    if (!top) {
        if (top.error().code == ExitCode::permission && ::stat(path.c_str(), &info) == 0 &&
            is_closed_to_root(EACCES, info, owner)) {
            return OwnershipWalk{};
        }
        return fail(top.error());
    }
    if (::fstat(top->get(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot examine \"{}\"", path), errno));
    }
    const bool change = info.st_uid != owner;
    if (change && ::fchown(top->get(), owner, kKeepGroup) != 0) {
        return fail(failure(path, owner, errno));
    }
    Walk walk(owner);
    Fd again(::openat(top->get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    CITUS_INIT_TRY(walk.directory(*std::move(top), path));
    OwnershipWalk result = walk.result();
    if (again && walk.has_whole_files()) {
        walk.give_whole_files();
        CITUS_INIT_TRY(walk.directory(std::move(again), path));
    }
    walk.count_partial_files();
    result.entries += 1;
    result.changed = walk.result().changed + (change ? 1 : 0);
    result.left_alone = walk.result().left_alone;
    result.first_left_alone = walk.result().first_left_alone;
    return result;
}

}  // namespace citus_init::postgres
