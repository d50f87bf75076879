#pragma once

#include <chrono>
#include <string_view>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"

// The last lines of the log, for whoever shows them: each line is a JSON object of the log's format
// (docs/logs.md), a datagram of its own on a Unix socket pair. Whoever writes never waits: what
// finds no room is lost.
namespace citus_init::log {

// A child of ours that has an end of it finds its number in this variable of its environment.
inline constexpr const char* kFeedVariable = "CITUS_INIT_LOG_FEED_FD";

// Both ends. Unlike those of a pipe they survive each other's owners, so that a reader that was
// replaced goes on where the last one was.
struct Feed {
    Fd writing_end;
    Fd reading_end;  // does not block
};
// Error: `os`.
[[nodiscard]] Result<Feed> make_feed();

// The number of the descriptor in kFeedVariable; -1 without one.
int inherited_feed();

class FeedWriter {
  public:
    // Does not close it. -1: writes nothing.
    explicit FeedWriter(int descriptor) : descriptor_(descriptor) {}

    // Whether a line may be worth making: not for 200 ms after one found no room.
    bool has_room() const;
    // One object, with its newline or without.
    void write(std::string_view line);

  private:
    int descriptor_;
    std::chrono::steady_clock::time_point full_until_{};
};

// What log::write() writes from now on goes to `descriptor` as well, which is not closed; -1: to
// none.
void copy_to_feed(int descriptor);

}  // namespace citus_init::log
