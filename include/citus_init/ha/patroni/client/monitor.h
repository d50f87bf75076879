#pragma once

#include <memory>
#include <string>

#include "citus_init/base/result.h"
#include "citus_init/ha/backend/member_monitor.h"
#include "citus_init/settings/settings.h"

namespace citus_init::patroni {

// A member's Patroni by its REST API, and its etcd. `settings` have `patroni`, and outlive it.
// `node_host`: what others reach this member under, where no connect address is set; `host_name`:
// the container's. Errors: `os`, libcurl cannot be loaded.
[[nodiscard]] Result<std::unique_ptr<ha::MemberMonitor>> make_monitor(
    const settings::Settings& settings, const std::string& node_host, const std::string& host_name);

}  // namespace citus_init::patroni
