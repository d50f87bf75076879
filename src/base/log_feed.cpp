#include "citus_init/base/log_feed.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "citus_init/base/text.h"

namespace citus_init::log {

using std::chrono::steady_clock;

Result<Feed> make_feed() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) {
        return fail(errno_error("cannot make a socket pair", errno, ExitCode::os));
    }
    return Feed{Fd(ends[0]), Fd(ends[1])};
}

int inherited_feed() {
    constexpr int kLargest = 1'000'000;
    const char* text = std::getenv(kFeedVariable);
    return text == nullptr ? -1 : static_cast<int>(parse_integer(text, 0, kLargest).value_or(-1));
}

bool FeedWriter::has_room() const {
    return descriptor_ >= 0 && steady_clock::now() >= full_until_;
}

void FeedWriter::write(std::string_view line) {
    constexpr std::chrono::milliseconds kPause{200};
    if (descriptor_ < 0) {
        return;
    }
    if (line.ends_with('\n')) {
        line.remove_suffix(1);
    }
    // EAGAIN: nobody reads fast enough. EMSGSIZE: too long for a datagram.
    const bool is_full =
        ::send(descriptor_, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
        errno != EMSGSIZE;
    if (is_full) {
        full_until_ = steady_clock::now() + kPause;
    }
}

}  // namespace citus_init::log
