#include "citus_init/settings/problem.h"

#include <fmt/core.h>

#include "settings/findings.h"

namespace citus_init::settings {

namespace {

constexpr std::size_t kLongestShown = 200;

}  // namespace

std::string Problem::text() const {
    const std::string quoted = value.empty() ? "" : fmt::format("\"{}\" ", value);
    if (fix.empty()) {
        return fmt::format("{}: {}{}.", variable, quoted, reason);
    }
    const bool asks = fix.back() == '?';
    return fmt::format("{}: {}{}. {}{}", variable, quoted, reason, fix, asks ? "" : ".");
}

std::string shown(std::string_view text) {
    std::string result;
    for (const char c : text.substr(0, kLongestShown)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            result += fmt::format("\\x{:02x}", byte);
        } else {
            result += c;
        }
    }
    return text.size() > kLongestShown ? result + "..." : result;
}

Problem make_problem(std::string_view place, std::string_view value, Complaint complaint) {
    return Problem{shown(place), shown(value), std::move(complaint.reason),
                   std::move(complaint.fix)};
}

}  // namespace citus_init::settings
