#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace citus_init::log {

enum class Level { debug, info, warning, error };
enum class Format { text, json };

struct Options {
    Level level = Level::info;
    Format format = Format::text;
    std::string node{};  // "" or the node's name, a field of every JSON line
    std::string role{};  // the same
};

// Sets up the one sink, stderr. May be called again (reload). Before the first call: text, info.
void configure(const Options& options);

// One line. Newlines inside `message` are indented in text and escaped in JSON. Waits for whoever
// reads stderr 200 ms at most (bounded_output.h); what cannot be written is lost, since there is
// nowhere to report it.
void write(Level level, std::string_view message);

bool enabled(Level level);

// As configured last.
Format format();

// What write() would write, with its newline.
std::string line(Level level, std::string_view message);

template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::debug)) {
        write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
    }
}
template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace citus_init::log
