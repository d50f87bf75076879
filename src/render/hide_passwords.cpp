#include "citus_init/render/hide_passwords.h"

#include <algorithm>
#include <array>

#include "citus_init/base/text.h"

namespace citus_init::render {

namespace {

constexpr std::string_view kMask = "***";

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    return std::min(text.find_first_not_of(" \t", at), text.size());
}

// Behind the value that starts at `at`: a quoted one ends with the quotes that it began with
// (doubled or escaped inside another string), a bare one at a blank or a quote.
std::size_t value_end(std::string_view text, std::size_t at) {
    const std::size_t line_end = std::min(text.find('\n', at), text.size());
    const std::size_t open = std::min(text.find_first_not_of("\\'\"", at), line_end);
    const std::string_view quotes = text.substr(at, open - at);
    if (quotes.empty()) {
        return std::min(text.find_first_of(" \t'\"", at), line_end);
    }
    const std::size_t close = text.find(quotes, open);
    return close == std::string_view::npos || close > line_end ? line_end : close + quotes.size();
}

// Where the password of "KEY = password" starts, when the text at `at` is such; else npos.
std::size_t option_value(std::string_view text, std::string_view lower, std::size_t at) {
    // The ends of names: of libpq's and pg_hba.conf's options, and of the variables of archiving
    // tools, which stand before them in a command.
    static constexpr std::array<std::string_view, 9> kKeys{"password",   "passwd",  "passphrase",
                                                           "secret",     "secrets", "token",
                                                           "access_key", "api_key", "account_key"};
    for (const std::string_view key : kKeys) {
        if (!lower.substr(at).starts_with(key)) {
            continue;
        }
        const std::size_t equals = skip_blanks(text, at + key.size());
        if (equals < text.size() && text[equals] == '=') {
            return skip_blanks(text, equals + 1);
        }
    }
    return std::string_view::npos;
}

struct Span {
    std::size_t start = std::string_view::npos;
    std::size_t end = 0;
};

// The same for "postgresql://user:password@", of any scheme: up to the last "@", since a password
// that should have been escaped may hold one.
Span uri_value(std::string_view text, std::size_t at) {
    constexpr std::string_view kScheme = "://";
    if (!text.substr(at).starts_with(kScheme)) {
        return {};
    }
    const std::size_t colon = text.find_first_of(":@/ \t\n'\"", at + kScheme.size());
    if (colon == std::string_view::npos || text[colon] != ':') {
        return {};
    }
    const std::size_t stop = std::min(text.find_first_of(" \t\n'\"", colon), text.size());
    const std::size_t sign = text.substr(0, stop).rfind('@');
    return sign != std::string_view::npos && sign > colon ? Span{colon + 1, sign} : Span{};
}

}  // namespace

std::string hide_passwords(std::string_view text) {
    const std::string lower = to_lower(text);
    std::string result;
    std::size_t shown = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const std::size_t option = option_value(text, lower, at);
        const auto [start, end] = option == std::string_view::npos
                                      ? uri_value(text, at)
                                      : Span{option, value_end(text, option)};
        if (start == std::string_view::npos || end <= start) {
            continue;
        }
        result += text.substr(shown, start - shown);
        result += kMask;
        shown = end;
        at = end - 1;
    }
    result += text.substr(shown);
    return result;
}

}  // namespace citus_init::render
