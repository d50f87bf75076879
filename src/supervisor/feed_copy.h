#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "citus_init/base/log_feed.h"

#include "supervisor/json_log.h"

namespace citus_init::supervisor {

// The way of a server's log into the log's feed, which this process has inherited: JSON objects as
// they are, other lines by the message that they make. Never blocks.
class FeedCopy {
  public:
    // `as_json`: take() gets objects.
    FeedCopy(bool as_json, const LogOrigin& origin);

    // Lines, each with its newline. Lost while the feed has no room.
    void take(std::string_view lines);
    // A message may have ended.
    void flush();
    // So many lines were dropped on their way to the container's output.
    void note_dropped(std::uint64_t lines);

  private:
    void write(const std::string& objects);

    log::FeedWriter writer_;
    std::optional<JsonLog> json_;
};

}  // namespace citus_init::supervisor
