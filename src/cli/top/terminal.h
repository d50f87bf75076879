#pragma once

#include <termios.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "cli/top/top_screen.h"

namespace citus_init::cli {

// The terminal of stdin and stdout: its other screen, without a cursor, keys as they are typed. All
// of it is given back at the end. Signals have to be blocked (process::block_signals()).
class Terminal {
  public:
    Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal();

    // Whether stdin and stdout are one.
    static bool is_there();

    // Now; it may be resized at any time.
    static ScreenSize size();

    // `text` in the place of what was there; a newline ends each line.
    void show(std::string_view text);

    enum class Event { timeout, resized, end };
    // Until then; `end`: q, ^C or ^D was typed, the terminal is gone, or a signal asks to end.
    Event wait(std::chrono::steady_clock::time_point until);

  private:
    // None: no key that means anything.
    static std::optional<Event> event_of_keys();

    termios before_{};
};

}  // namespace citus_init::cli
