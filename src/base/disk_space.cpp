#include "citus_init/base/disk_space.h"

#include <sys/statvfs.h>

#include <cerrno>
#include <limits>

#include <fmt/core.h>

namespace citus_init {

Result<DiskSpace> disk_space(const std::string& path) {
    struct statvfs info {};
    if (::statvfs(path.c_str(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot statvfs \"{}\"", path), errno));
    }
    // Btrfs, for one, counts no files: 0 of 0.
    const std::uint64_t files =
        info.f_files == 0 ? std::numeric_limits<std::uint64_t>::max() : info.f_favail;
    return DiskSpace{std::uint64_t{info.f_bavail} * info.f_frsize,
                     std::uint64_t{info.f_blocks} * info.f_frsize, files};
}

}  // namespace citus_init
