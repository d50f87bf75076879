#pragma once

#include <memory>

#include "citus_init/ha/backend/backend.h"
#include "citus_init/ha/patroni/version.h"

namespace citus_init::patroni {

// Patroni in this version, as the port sees it. For settings that have `patroni`.
std::unique_ptr<const ha::Backend> make_backend(const Version& version);

}  // namespace citus_init::patroni
