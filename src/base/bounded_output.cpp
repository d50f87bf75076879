#include "citus_init/base/bounded_output.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <climits>

namespace citus_init {

bool BoundedOutput::is_writable() {
    constexpr int kTimeout = 200;  // milliseconds
    pollfd output{descriptor_, POLLOUT, 0};
    const int count = ::poll(&output, 1, is_stalled_ ? 0 : kTimeout);
    is_stalled_ = count == 0;
    return !is_stalled_;
}

// A pipe that polls writable takes PIPE_BUF bytes without a wait (pipe(7)).
bool BoundedOutput::write(std::string_view text) {
    constexpr std::size_t kPart = PIPE_BUF;
    while (!text.empty()) {
        if (!is_writable()) {
            return false;
        }
        const ssize_t count = ::write(descriptor_, text.data(), std::min(text.size(), kPart));
        if (count < 0 && errno != EINTR) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    return true;
}

}  // namespace citus_init
