#include "citus_init/process/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <array>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace citus_init::process {
namespace {

// A descriptor that is readable from the start, or never.
Fd event(unsigned int count) {
    return Fd(::eventfd(count, EFD_CLOEXEC | EFD_NONBLOCK));
}

struct Watched {
    Fd fd;
    Watch watch;
};

TEST(EventLoop, CallsWhoWatchesAReadyDescriptor) {
    const auto loop = EventLoop::create().value();
    const Fd ready = event(1);
    const Fd quiet = event(0);
    std::uint32_t seen = 0;
    const auto on_ready = loop->watch(ready.get(), EPOLLIN, [&](std::uint32_t events) {
        seen = events;
        loop->stop();
    });
    const auto on_quiet =
        loop->watch(quiet.get(), EPOLLIN, [](std::uint32_t) { FAIL() << "nothing to read there"; });
    loop->run();
    EXPECT_EQ(seen, std::uint32_t{EPOLLIN});
}

TEST(EventLoop, ReportsThatItWokeBeforeItCallsAnybody) {
    const auto loop = EventLoop::create().value();
    const Fd ready = event(1);
    std::string order;
    loop->on_wake([&] { order += "woke "; });
    const auto watch = loop->watch(ready.get(), EPOLLIN, [&](std::uint32_t) {
        order += "called ";
        if (order.size() > 12) {
            loop->stop();
        }
    });
    loop->run();
    EXPECT_EQ(order, "woke called woke called ");
}

TEST(EventLoop, ObeysAStopThatCameBeforeItRan) {
    const auto loop = EventLoop::create().value();
    loop->stop();
    loop->run();
    // And only once.
    const Fd ready = event(1);
    int calls = 0;
    const auto watch = loop->watch(ready.get(), EPOLLIN, [&](std::uint32_t) {
        ++calls;
        loop->stop();
    });
    loop->run();
    EXPECT_EQ(calls, 1);
}

TEST(EventLoop, LetsAWatchBeDestroyedInItsOwnCallback) {
    const auto loop = EventLoop::create().value();
    auto watched = std::make_unique<Watched>(Watched{event(1), {}});
    const auto canary = std::make_shared<int>(7);
    watched->watch = loop->watch(watched->fd.get(), EPOLLIN,
                                 [&, canary](std::uint32_t) {
                                     watched.reset();
                                     EXPECT_EQ(*canary, 7)
                                         << "what the callback captured is still there";
                                     loop->stop();
                                 })
                         .value();
    loop->run();
    EXPECT_EQ(watched, nullptr);
    EXPECT_EQ(canary.use_count(), 1) << "the callback is gone after the call";
}

TEST(EventLoop, GivesNobodyTheEventOfARecycledDescriptor) {
    const auto loop = EventLoop::create().value();
    std::array<Watched, 2> pair{Watched{event(1), {}}, Watched{event(1), {}}};
    Watched ending{event(0), {}};
    int calls = 0;
    // Both are ready in one round; the first to be called replaces the other by a quiet descriptor
    // of the same number.
    const auto replace_other = [&](std::size_t other) {
        ++calls;
        const int number = pair.at(other).fd.get();
        pair.at(other).watch.reset();
        pair.at(other).fd = Fd();
        pair.at(other).fd = event(0);
        ASSERT_EQ(pair.at(other).fd.get(), number) << "the kernel gives the lowest free number";
        pair.at(other).watch =
            loop->watch(number, EPOLLIN, [](std::uint32_t) { ADD_FAILURE() << "an old event"; })
                .value();
        pair.at(1 - other).watch.reset();
        ::eventfd_write(ending.fd.get(), 1);
    };
    for (const std::size_t self : {std::size_t{0}, std::size_t{1}}) {
        pair.at(self).watch = loop->watch(pair.at(self).fd.get(), EPOLLIN,
                                          [&, self](std::uint32_t) { replace_other(1 - self); })
                                  .value();
    }
    ending.watch =
        loop->watch(ending.fd.get(), EPOLLIN, [&](std::uint32_t) { loop->stop(); }).value();
    loop->run();
    EXPECT_EQ(calls, 1);
}

TEST(EventLoop, RefusesADescriptorThatIsNotOpen) {
    const auto loop = EventLoop::create().value();
    const auto watch = loop->watch(987, EPOLLIN, [](std::uint32_t) {});
    ASSERT_FALSE(watch);
    EXPECT_EQ(watch.error().message, "cannot watch descriptor 987: Bad file descriptor");
}

TEST(Watch, MovesItsRegistration) {
    const auto loop = EventLoop::create().value();
    const Fd ready = event(1);
    int calls = 0;
    Watch first = loop->watch(ready.get(), EPOLLIN,
                              [&](std::uint32_t) {
                                  ++calls;
                                  loop->stop();
                              })
                      .value();
    Watch second;
    second = std::move(first);
    first.reset();
    loop->run();
    EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace citus_init::process
