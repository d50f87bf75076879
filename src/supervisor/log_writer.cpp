#include "supervisor/log_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <thread>
#include <utility>

namespace citus_init::supervisor {

LogWriter::LogWriter(int descriptor, std::size_t capacity,
                     std::function<std::string(std::uint64_t)> report)
    : capacity_(capacity), report_(std::move(report)) {
    std::thread([state = state_, descriptor] { run(state, descriptor); }).detach();
}

void LogWriter::write(std::string text) {
    if (text.empty()) {
        return;
    }
    {
        const std::scoped_lock lock(state_->mutex);
        if (state_->pending.size() + text.size() > capacity_) {
            state_->dropped +=
                static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
            return;
        }
        if (const auto dropped = std::exchange(state_->dropped, 0); dropped > 0) {
            state_->pending += report_(dropped);
        }
        state_->pending += text;
    }
    state_->changed.notify_all();
}

bool LogWriter::finish(std::chrono::milliseconds timeout) {
    std::unique_lock lock(state_->mutex);
    if (const auto dropped = std::exchange(state_->dropped, 0); dropped > 0) {
        state_->pending += report_(dropped);
    }
    state_->is_ended = true;
    state_->changed.notify_all();
    while (state_->is_writing || !state_->pending.empty()) {
        const auto before = state_->progress;
        const bool moved = state_->changed.wait_for(lock, timeout, [&] {
            return state_->progress != before || (!state_->is_writing && state_->pending.empty());
        });
        if (!moved) {
            return false;
        }
    }
    return true;
}

void LogWriter::run(const std::shared_ptr<State>& state, int descriptor) {
    std::unique_lock lock(state->mutex);
    for (;;) {
        state->changed.wait(lock, [&] { return state->is_ended || !state->pending.empty(); });
        if (state->pending.empty()) {
            return;
        }
        const std::string text = std::exchange(state->pending, {});
        state->is_writing = true;
        std::string_view rest = text;
        while (!rest.empty()) {
            lock.unlock();
            const ssize_t count = ::write(descriptor, rest.data(), rest.size());
            const int error = errno;
            lock.lock();
            if (count < 0 && error != EINTR) {
                break;  // nobody reads: it is lost
            }
            const auto written = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
            rest.remove_prefix(written);
            state->progress += written;
            state->changed.notify_all();
        }
        state->is_writing = false;
        state->changed.notify_all();
    }
}

}  // namespace citus_init::supervisor
