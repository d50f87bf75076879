#pragma once

#include <chrono>
#include <string>

namespace citus_init::cli {

// The one line on stderr that shows how far something is: with a bar and written again and again on
// a terminal, without one now and then.
class ProgressDisplay {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    ProgressDisplay();
    ProgressDisplay(const ProgressDisplay&) = delete;
    ProgressDisplay& operator=(const ProgressDisplay&) = delete;
    ~ProgressDisplay() { end(); }

    // `fraction`: in [0, 1]. Without a terminal: each ten seconds, and the `last` one.
    void show(double fraction, const std::string& line, TimePoint now, bool last);
    void say_below(const std::string& text);
    void end();

  private:
    const bool is_terminal_;
    bool open_ = false;
    std::string last_;
    TimePoint last_at_{};
};

}  // namespace citus_init::cli
