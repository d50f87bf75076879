#pragma once

#include <memory>
#include <string>

#include "citus_init/base/result.h"
#include "citus_init/ha/backend/backend.h"
#include "citus_init/settings/problem.h"
#include "citus_init/settings/settings.h"

namespace citus_init::node {

// The backend of high availability that `settings` choose, in the version that `path` (PATH) leads
// to. Runs it for its version, and blocks and fails as installed_patroni(). Error also: `config`,
// the settings choose none.
[[nodiscard]] Result<std::unique_ptr<const ha::Backend>> find_backend(
    const settings::Settings& settings, const std::string& path);

struct AssumedBackend {
    std::unique_ptr<const ha::Backend> backend;
    settings::Problem warning;  // that it is only assumed
};

// For an inspection on a machine without the program: a version that most would install.
// `settings` choose a backend. Pure.
AssumedBackend assumed_backend(const settings::Settings& settings);

}  // namespace citus_init::node
