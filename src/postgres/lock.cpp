#include "citus_init/postgres/lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>

#include <fmt/core.h>

namespace citus_init::postgres {

namespace {

Result<DataDirectoryLock> lock(Fd descriptor, const std::string& path) {
    DataDirectoryLock lock;
    lock.descriptor = std::move(descriptor);
    int outcome = 0;
    do {
        outcome = ::flock(lock.descriptor.get(), LOCK_EX | LOCK_NB);
    } while (outcome != 0 && errno == EINTR);
    if (outcome == 0) {
        return lock;
    }
    if (errno == EWOULDBLOCK) {
        return fail(ExitCode::locked,
                    fmt::format("data directory \"{}\" is in use by another citus-init, in another "
                                "container perhaps. Two servers on one data directory destroy it: "
                                "stop the other one, or give this one a volume of its own.",
                                path));
    }
    lock.not_locked = fmt::format(
        "data directory \"{}\" cannot be locked: {}. Nothing keeps a second container from using "
        "it at the same time: make sure of that yourself.",
        path, ::strerror(errno));
    return lock;
}

}  // namespace

Result<DataDirectoryLock> lock_data_directory(const std::string& path) {
    Fd descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor) {
        return fail(errno_error(fmt::format("cannot open data directory \"{}\"", path), errno));
    }
    return lock(std::move(descriptor), path);
}

Result<DataDirectoryLock> lock_beside_data_directory(const std::string& path) {
    const std::string file = path + ".lock";
    Fd descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!descriptor) {
        return fail(errno_error(fmt::format("cannot open \"{}\"", file), errno));
    }
    return lock(std::move(descriptor), path);
}

}  // namespace citus_init::postgres
