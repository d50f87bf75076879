#pragma once

#include <string>

#include "citus_init/base/result.h"

namespace citus_init {

// Whether a function syncs what it makes, or leaves that to its caller.
enum class Durability { synced, left_to_caller };

// One flush of the file system that `directory` is on, others' files included (syncfs(2)). Blocks
// for as long as the disk takes. Errors: from errno.
[[nodiscard]] Status sync_file_system(const std::string& directory);

}  // namespace citus_init
