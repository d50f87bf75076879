#pragma once

#include <memory>

#include "citus_init/base/result.h"
#include "citus_init/ha/backend/member_monitor.h"
#include "citus_init/settings/settings.h"

namespace citus_init::agent {

// The monitor of the backend that `settings` choose; they outlive it. Errors: `config`, they choose
// none; `os`, a library is missing.
[[nodiscard]] Result<std::unique_ptr<ha::MemberMonitor>> make_monitor(
    const settings::Settings& settings);

}  // namespace citus_init::agent
