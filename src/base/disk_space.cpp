#include "citus_init/base/disk_space.h"

#include <sys/statvfs.h>

#include <cerrno>

#include <fmt/core.h>

namespace citus_init {

Result<DiskSpace> disk_space(const std::string& path) {
    struct statvfs info {};
    if (::statvfs(path.c_str(), &info) != 0) {
        return fail(errno_error(fmt::format("cannot statvfs \"{}\"", path), errno));
    }
    return DiskSpace{std::uint64_t{info.f_bavail} * info.f_frsize,
                     std::uint64_t{info.f_blocks} * info.f_frsize};
}

}  // namespace citus_init
