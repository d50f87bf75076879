#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "citus_init/base/result.h"

namespace citus_init::network {

// Runs `work` in a forked child and returns what it returned. At the deadline the child is killed,
// so a call that cannot be interrupted (getaddrinfo(3)) costs its time and nothing else; a thread
// could only be left behind. The child also dies with its parent. For programs of one thread.
// Errors: `unavailable` when there is no answer in time or `work` ended without one, `os`.
[[nodiscard]] Result<std::string> call_within(std::chrono::milliseconds deadline,
                                              const std::function<std::string()>& work);

}  // namespace citus_init::network
