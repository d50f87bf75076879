#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace citus_init::supervisor {

// Writes lines to a descriptor from a thread of its own, so that whoever has lines never waits for
// a slow reader. What does not fit is dropped, whole lines, and told of once there is room again.
class LogWriter {
  public:
    // `report`: a line that says how many were dropped. `capacity` in bytes.
    LogWriter(int descriptor, std::size_t capacity,
              std::function<std::string(std::uint64_t dropped)> report);
    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;

    // One line or several, each with its newline. Never blocks.
    void write(std::string text);

    // Until all is written, or the reader has taken nothing for `timeout`: then the rest is lost,
    // and false. The thread is left to the end of the process.
    bool finish(std::chrono::milliseconds timeout);

  private:
    // Shared with the thread, which a reader may hold for ever.
    struct State {
        std::mutex mutex;
        std::condition_variable changed;
        std::string pending;
        std::uint64_t dropped = 0;   // since the last report
        std::uint64_t progress = 0;  // bytes that were written
        bool is_writing = false;
        bool is_ended = false;
    };
    static void run(const std::shared_ptr<State>& state, int descriptor);

    std::size_t capacity_;
    std::function<std::string(std::uint64_t)> report_;
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace citus_init::supervisor
