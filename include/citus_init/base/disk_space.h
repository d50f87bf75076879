#pragma once

#include <cstdint>
#include <string>

#include "citus_init/base/result.h"

namespace citus_init {

struct DiskSpace {
    std::uint64_t free = 0;  // bytes that any user can have: statvfs(3)'s f_bavail
    std::uint64_t total = 0;
    // Files that any user can still make: f_favail; the largest number where none is counted.
    std::uint64_t free_files = 0;
};

// Of the file system that has the path. Errors: those of statvfs(3).
[[nodiscard]] Result<DiskSpace> disk_space(const std::string& path);

}  // namespace citus_init
