#include "supervisor/standalone/postmaster_watch.h"

#include <sys/epoll.h>
#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>

#include <fmt/core.h>

namespace citus_init::supervisor {

namespace {

bool is_watched(std::string_view name) {
    return name == "postmaster.pid" || name == "postgresql.conf" || name == "postgresql.auto.conf";
}

}  // namespace

Result<std::unique_ptr<PostmasterWatch>> PostmasterWatch::create(process::EventLoop& loop,
                                                                 const std::string& data_directory,
                                                                 std::function<void()> changed) {
    std::unique_ptr<PostmasterWatch> self(new PostmasterWatch());
    self->inotify_ = Fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (self->inotify_) {
        self->mark_ = ::inotify_add_watch(self->inotify_.get(), data_directory.c_str(),
                                          IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_TO | IN_ONLYDIR);
    }
    if (self->mark_ < 0) {
        return fail(
            errno_error(fmt::format("cannot watch \"{}\"", data_directory), errno, ExitCode::os));
    }
    self->changed_ = std::move(changed);
    auto readable = [raw = self.get()](std::uint32_t) { raw->drain(); };
    CITUS_INIT_TRY(keep(self->watch_, loop.watch(self->inotify_.get(), EPOLLIN, readable)));
    return self;
}

void PostmasterWatch::end() {
    if (mark_ >= 0) {
        ::inotify_rm_watch(inotify_.get(), mark_);
        mark_ = -1;
    }
}

void PostmasterWatch::drain() {
    alignas(inotify_event) std::array<char, 4096> buffer{};
    bool relevant = false;
    for (;;) {
        const ssize_t count = ::read(inotify_.get(), buffer.data(), buffer.size());
        if (count <= 0) {
            break;
        }
        for (std::size_t offset = 0; offset < static_cast<std::size_t>(count);) {
            const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + offset);
            // An overflow names no file: something was lost, so check.
            relevant = relevant || (event->mask & IN_Q_OVERFLOW) != 0 ||
                       (event->len > 0 && is_watched(event->name));
            offset += sizeof(inotify_event) + event->len;
        }
    }
    if (relevant) {
        changed_();
    }
}

}  // namespace citus_init::supervisor
