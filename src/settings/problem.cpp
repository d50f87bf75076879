#include "citus_init/settings/problem.h"

#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/utf8.h"

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
    std::size_t at = 0;
    while (at < std::min(text.size(), kLongestShown)) {
        const std::size_t length = utf8_length(text.substr(at));
        const std::string_view character = text.substr(at, std::max(length, std::size_t{1}));
        if (length == 0 || has_control_character(character)) {
            result += fmt::format("\\x{:02x}", static_cast<unsigned char>(character.front()));
        } else {
            result += character;
        }
        at += character.size();
    }
    return at < text.size() ? result + "..." : result;
}

Problem make_problem(std::string_view place, std::string_view value, Complaint complaint) {
    return Problem{shown(place), shown(value), std::move(complaint.reason),
                   std::move(complaint.fix)};
}

}  // namespace citus_init::settings
