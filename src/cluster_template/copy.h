#pragma once

#include <string>

#include "citus_init/base/result.h"

#include "cluster_template/manifest.h"
#include "cluster_template/store.h"

namespace citus_init::cluster_template {

// Makes a cluster of the template in `target`, which must not exist: with the modes that initdb
// gave, by several threads; no other may make files meanwhile (umask). Not synced. Errors: from
// errno, naming the file; what was made stays.
[[nodiscard]] Status copy_cluster(const Manifest& manifest, Variant variant, const Objects& objects,
                                  const std::string& target);

}  // namespace citus_init::cluster_template
