#include "citus_init/process/event_loop.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <utility>

#include <fmt/core.h>

namespace citus_init::process {

Watch::Watch(Watch&& other) noexcept
    : loop_(std::exchange(other.loop_, nullptr)), fd_(other.fd_), id_(other.id_) {}

Watch& Watch::operator=(Watch&& other) noexcept {
    if (this != &other) {
        reset();
        loop_ = std::exchange(other.loop_, nullptr);
        fd_ = other.fd_;
        id_ = other.id_;
    }
    return *this;
}

Watch::~Watch() {
    reset();
}

void Watch::reset() {
    if (loop_ != nullptr) {
        std::exchange(loop_, nullptr)->remove(fd_, id_);
    }
}

Result<std::unique_ptr<EventLoop>> EventLoop::create() {
    Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) {
        return fail(errno_error("cannot create an epoll instance", errno, ExitCode::os));
    }
    return std::unique_ptr<EventLoop>(new EventLoop(std::move(epoll)));
}

Result<Watch> EventLoop::watch(int fd, std::uint32_t epoll_events, Callback callback) {
    const std::uint64_t id = next_id_++;
    epoll_event event{};
    event.events = epoll_events;
    event.data.u64 = id;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        return fail(
            errno_error(fmt::format("cannot watch descriptor {}", fd), errno, ExitCode::os));
    }
    callbacks_.emplace(id, std::make_shared<Callback>(std::move(callback)));
    return Watch(this, fd, id);
}

void EventLoop::run() {
    std::array<epoll_event, 16> events{};
    while (!stopped_) {
        // -1, EINTR: we were stopped and continued; no handler of ours exists.
        const int count =
            ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
        if (woke_) {
            woke_();
        }
        for (int i = 0; i < count && !stopped_; ++i) {
            const auto& event = events.at(static_cast<std::size_t>(i));
            dispatch(event.data.u64, event.events);
        }
    }
    stopped_ = false;
}

void EventLoop::dispatch(std::uint64_t id, std::uint32_t events) {
    const auto found = callbacks_.find(id);
    if (found != callbacks_.end()) {
        // Kept alive for the call, which may deregister itself.
        const std::shared_ptr<Callback> callback = found->second;
        (*callback)(events);
    }
}

void EventLoop::remove(int fd, std::uint64_t id) {
    callbacks_.erase(id);
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

}  // namespace citus_init::process
