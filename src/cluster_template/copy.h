#pragma once

#include <string>

#include "citus_init/base/result.h"

#include "cluster_template/manifest.h"

namespace citus_init::cluster_template {

// Makes a cluster of the template in `target`, which must not exist: with the modes that initdb
// gave, blocks shared where the file system can. Not synced. Errors: from errno, naming the file;
// what was made stays.
[[nodiscard]] Status copy_cluster(const std::string& directory, const Manifest& manifest,
                                  Variant variant, const std::string& target);

// One flush of the file system that `directory` is on (syncfs(2)). Errors: from errno.
[[nodiscard]] Status sync_file_system(const std::string& directory);

}  // namespace citus_init::cluster_template
