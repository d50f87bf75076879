#include "cli/cluster/progress_display.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include <fmt/core.h>

namespace citus_init::cli {

namespace {

constexpr std::chrono::seconds kBetweenLines{10};

std::string bar(double fraction) {
    constexpr int kWidth = 24;
    const int filled = static_cast<int>(fraction * kWidth);
    return "[" + std::string(static_cast<std::size_t>(filled), '#') +
           std::string(static_cast<std::size_t>(kWidth - filled), '.') + "]";
}

}  // namespace

ProgressDisplay::ProgressDisplay() : is_terminal_(::isatty(STDERR_FILENO) == 1) {}

void ProgressDisplay::show(double fraction, const std::string& line, TimePoint now, bool last) {
    if (is_terminal_) {
        fmt::print(stderr, "\r\033[K{} {}", bar(fraction), line);
        static_cast<void>(std::fflush(stderr));
        open_ = true;
    } else if (line != last_ && (last || last_.empty() || now - last_at_ >= kBetweenLines)) {
        fmt::print(stderr, "{}\n", line);
        last_ = line;
        last_at_ = now;
    }
}

void ProgressDisplay::say_below(const std::string& text) {
    end();
    fmt::print(stderr, "{}\n", text);
}

void ProgressDisplay::end() {
    if (std::exchange(open_, false)) {
        fmt::print(stderr, "\n");
    }
}

}  // namespace citus_init::cli
