#include "cli/top/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "citus_init/base/file.h"
#include "citus_init/process/signals.h"

namespace citus_init::cli {

namespace {

// The other screen, no cursor; and back.
constexpr std::string_view kEnter = "\033[?1049h\033[?25l\033[2J";
constexpr std::string_view kLeave = "\033[?25h\033[?1049l";
constexpr std::string_view kHome = "\033[H";
constexpr std::string_view kClearLine = "\033[K\r\n";
constexpr std::string_view kClearBelow = "\033[J";

// A terminal that is gone ends the next wait.
void write_to_terminal(std::string_view text) {
    static_cast<void>(write_all(STDOUT_FILENO, text, "the terminal"));
}

}  // namespace

Terminal::Terminal() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    write_to_terminal(kEnter);
}

Terminal::~Terminal() {
    write_to_terminal(kLeave);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

bool Terminal::is_there() {
    return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
}

ScreenSize Terminal::size() {
    winsize size{};
    // `docker exec -it` sets it a moment after the start: 0 until then.
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
        return {};
    }
    return {size.ws_col, size.ws_row};
}

void Terminal::show(std::string_view text) {
    std::string frame(kHome);
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        frame += text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        // No newline below the last line: it would scroll.
        frame += text.empty() ? kClearLine.substr(0, kClearLine.size() - 2) : kClearLine;
    }
    write_to_terminal(frame.append(kClearBelow));
}

std::optional<Terminal::Event> Terminal::event_of_keys() {
    constexpr char kEndOfText = 3;          // ^C
    constexpr char kEndOfTransmission = 4;  // ^D
    std::array<char, 64> keys{};
    const ssize_t count = ::read(STDIN_FILENO, keys.data(), keys.size());
    if (count <= 0) {
        return count < 0 && errno == EINTR ? std::nullopt : std::optional(Event::end);
    }
    const bool quits = std::any_of(keys.begin(), keys.begin() + count, [](char key) {
        return key == 'q' || key == 'Q' || key == kEndOfText || key == kEndOfTransmission;
    });
    return quits ? std::optional(Event::end) : std::nullopt;
}

Terminal::Event Terminal::wait(std::chrono::steady_clock::time_point until) {
    constexpr std::chrono::milliseconds kSignalWatch{100};
    for (;;) {
        while (const auto signal = process::wait_for_signal(std::chrono::nanoseconds(0))) {
            if (*signal == SIGWINCH) {
                return Event::resized;
            }
            if (*signal != SIGCHLD && *signal != SIGCONT && *signal != SIGPIPE) {
                return Event::end;
            }
        }
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return Event::timeout;
        }
        pollfd input{STDIN_FILENO, POLLIN, 0};
        const int ready = ::poll(&input, 1, static_cast<int>(std::min(left, kSignalWatch).count()));
        if (ready > 0) {
            if (const auto event = event_of_keys()) {
                return *event;
            }
        }
    }
}

}  // namespace citus_init::cli
