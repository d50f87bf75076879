#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace citus_init::web {

// The last lines of the log, from its feed (base/log_feed.h). For one thread; never blocks.
class LogTail {
  public:
    // Does not close the descriptor. -1: there are no lines.
    explicit LogTail(int feed) : feed_(feed) {}

    // Takes what the feed has. The new lines as a JSON array of {time, level, text}, "" = none.
    std::string take();
    // All that are kept, the same.
    std::string all() const;

    // Lines that were dropped since the listener started, because nobody read the container's log.
    std::uint64_t dropped() const { return dropped_; }

  private:
    int feed_;
    std::deque<std::string> lines_;  // JSON objects
    std::uint64_t dropped_ = 0;
};

// One of them, from an object of the log's: its message, and what it says of the detail and the
// fix. "" = no such object. Pure, for any bytes.
std::string tail_line(std::string_view object);

}  // namespace citus_init::web
