#pragma once

#include <chrono>

namespace citus_init::libpq {

using Deadline = std::chrono::steady_clock::time_point;

enum class WaitResult { ready, expired };

// Waits for poll(2) events on a socket until the deadline. Errors of the socket count as ready: the
// caller's next read reports them.
[[nodiscard]] WaitResult wait_for(int socket, short events, Deadline deadline);

}  // namespace citus_init::libpq
