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

// Where the value of the name that ends at `end` starts: behind "=" or, where the name is an option
// of a command, behind blanks ("--passphrase geheim"). Else npos.
std::size_t value_of_name(std::string_view text, std::size_t end) {
    const std::size_t next = skip_blanks(text, end);
    if (next < text.size() && text[next] == '=') {
        return skip_blanks(text, next + 1);
    }
    const std::size_t start = text.substr(0, end).find_last_of(" \t\n'\"") + 1;
    const std::string_view name = text.substr(start, end - start);
    const bool is_option = name.starts_with("--") && !name.starts_with("--no-");
    return is_option && next > end && next < text.size() && text[next] != '-'
               ? next
               : std::string_view::npos;
}

// Where the password of "KEY = password" starts, when the text at `at` is such; else npos.
std::size_t option_value(std::string_view text, std::string_view lower, std::size_t at) {
    // The ends of names, in any case: of libpq's and pg_hba.conf's options, of connection strings.
    static constexpr auto kKeys = std::to_array<std::string_view>(
        {"password", "password2", "passwd", "passphrase", "secret", "secrets", "token",
         "access_key", "api_key", "account_key", "accountkey"});
    // In this case only, that of the variables and options of archiving tools (pgBackRest, WAL-G,
    // Barman, rclone): columns of a query have such names, too.
    static constexpr auto kVariables = std::to_array<std::string_view>(
        {"PASS", "-pass", "_KEY", "-key", "_KEY_BASE64", "_KEY_PEM", "_SSE_C", "_SAS_URL",
         "_CONNECTION_STRING", "_ACCOUNT_CREDENTIALS"});
    const auto value_behind = [&](std::string_view in, const auto& names) {
        for (const std::string_view name : names) {
            const std::size_t value = in.substr(at).starts_with(name)
                                          ? value_of_name(text, at + name.size())
                                          : std::string_view::npos;
            if (value != std::string_view::npos) {
                return value;
            }
        }
        return std::string_view::npos;
    };
    const std::size_t value = value_behind(lower, kKeys);
    return value != std::string_view::npos ? value : value_behind(text, kVariables);
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
