#include "libpq/deadline.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace citus_init::libpq {

WaitResult wait_for(int socket, short events, Deadline deadline) {
    using std::chrono::milliseconds;
    for (;;) {
        const auto left =
            std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
        if (left <= milliseconds::zero()) {
            return WaitResult::expired;
        }
        const auto timeout =
            std::min<milliseconds::rep>(left.count(), std::numeric_limits<int>::max());
        pollfd watched{socket, events, 0};
        const int count = ::poll(&watched, 1, static_cast<int>(timeout));
        if (count > 0 || (count < 0 && errno != EINTR)) {
            return WaitResult::ready;
        }
    }
}

}  // namespace citus_init::libpq
