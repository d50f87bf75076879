#include "supervisor/agent_link.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "citus_init/status/report.h"

namespace citus_init::supervisor {

Result<std::unique_ptr<AgentLink>> AgentLink::create(process::EventLoop& loop,
                                                     LineHandler handle_line) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return fail(errno_error("cannot create a socket pair", errno, ExitCode::os));
    }
    std::unique_ptr<AgentLink> link(new AgentLink());
    link->our_end_ = Fd(ends[0]);
    link->child_end_ = Fd(ends[1]);
    link->handle_line_ = std::move(handle_line);
    auto readable = [raw = link.get()](std::uint32_t) { raw->drain(); };
    CITUS_INIT_TRY(
        keep(link->watch_, loop.watch(link->our_end_.get(), EPOLLIN | EPOLLRDHUP, readable)));
    return link;
}

void AgentLink::request_reload() const {
    request(status::kReload);
}

void AgentLink::hold_traffic() const {
    request(status::kHoldTraffic);
}

void AgentLink::request(char what) const {
    // One that does not fit any more joins those that wait.
    [[maybe_unused]] const ssize_t sent =
        ::send(our_end_.get(), &what, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void AgentLink::drain() {
    std::array<char, 4096> chunk{};
    ssize_t count = 0;
    while (our_end_ &&
           (count = ::recv(our_end_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT)) > 0) {
        buffer_.append(chunk.data(), static_cast<std::size_t>(count));
        handle_lines();
    }
    if (count == 0) {
        watch_.reset();  // it has hung up, and its end as a child follows
        our_end_.reset();
    }
}

// Whatever is sent, no more than one line of the greatest length is kept.
void AgentLink::handle_lines() {
    for (std::size_t end = buffer_.find('\n'); end != std::string::npos; end = buffer_.find('\n')) {
        const std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        if (!std::exchange(skips_line_, false)) {
            handle_line_(line);
        }
    }
    if (buffer_.size() > kLongestLine) {
        buffer_.clear();
        skips_line_ = true;
    }
}

}  // namespace citus_init::supervisor
