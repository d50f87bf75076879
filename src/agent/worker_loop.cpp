#include "agent/worker_loop.h"

namespace citus_init::agent {

std::chrono::milliseconds WorkerLoop::pass() {
    constexpr std::chrono::milliseconds kUntilReached{50};
    constexpr std::chrono::minutes kUntilStopped{1};
    if (reporter_.take_hold_request()) {
        released_ = true;
        const std::string error = hold_.hold();
        reporter_.report(status::TrafficReport{error.empty(), error});
        return kUntilStopped;
    }
    if (!released_) {
        released_ = hold_.release();
        if (!released_) {
            return kUntilReached;
        }
    }
    return announcer_.pass();
}

}  // namespace citus_init::agent
