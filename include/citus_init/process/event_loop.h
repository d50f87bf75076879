#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"

namespace citus_init::process {

class EventLoop;

// A registered descriptor; deregisters it when destroyed. Does not own the descriptor, which must
// outlive it: declare it behind its Fd. May be destroyed inside its own callback.
class Watch {
  public:
    Watch() = default;
    Watch(Watch&& other) noexcept;
    Watch& operator=(Watch&& other) noexcept;
    ~Watch();
    void reset();

  private:
    friend class EventLoop;
    Watch(EventLoop* loop, int fd, std::uint64_t id) : loop_(loop), fd_(fd), id_(id) {}

    EventLoop* loop_ = nullptr;
    int fd_ = -1;
    std::uint64_t id_ = 0;
};

// One epoll(7) instance, level-triggered, one thread. Registrations carry an id that is never used
// twice, so an event that was queued for a descriptor number before it was closed and recycled in
// the same round reaches nobody.
class EventLoop {
  public:
    using Callback = std::function<void(std::uint32_t epoll_events)>;

    [[nodiscard]] static Result<std::unique_ptr<EventLoop>> create();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // The loop must outlive the watch.
    [[nodiscard]] Result<Watch> watch(int fd, std::uint32_t epoll_events, Callback callback);

    // `woke` is called each time the loop wakes up, before any callback of what woke it.
    void on_wake(std::function<void()> woke) { woke_ = std::move(woke); }

    // Blocks and dispatches until stop() was called, from a callback or before: a stop is not lost.
    // What was queued behind the callback that stopped it stays pending for the next run().
    void run();
    void stop() { stopped_ = true; }

  private:
    friend class Watch;
    explicit EventLoop(Fd epoll) : epoll_(std::move(epoll)) {}
    void dispatch(std::uint64_t id, std::uint32_t events);
    void remove(int fd, std::uint64_t id);

    Fd epoll_;
    std::function<void()> woke_;
    std::uint64_t next_id_ = 1;
    std::unordered_map<std::uint64_t, std::shared_ptr<Callback>> callbacks_;
    bool stopped_ = false;
};

}  // namespace citus_init::process
