#include "conf_lexer.h"

#include <algorithm>
#include <array>
#include <utility>

namespace citus_init::render {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_ascii_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hexadecimal(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_letter(char c) {
    return is_ascii_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_letter_or_digit(char c) {
    return is_letter(c) || is_digit(c);
}
bool is_unquoted(char c) {
    return is_letter_or_digit(c) || c == '-' || c == '.' || c == ':' || c == '/';
}
bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

template <typename Predicate>
std::size_t run(std::string_view text, std::size_t from, Predicate predicate) {
    while (from < text.size() && predicate(text[from])) {
        ++from;
    }
    return from;
}

std::size_t sign(std::string_view text) {
    return !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
}

// Each of these gives the length of its rule's match at the start of the text, 0 for none.
std::size_t match_identifier(std::string_view text) {
    return text.empty() || !is_letter(text[0]) ? 0 : run(text, 1, is_letter_or_digit);
}

std::size_t match_qualified(std::string_view text) {
    const std::size_t first = match_identifier(text);
    if (first == 0 || first == text.size() || text[first] != '.') {
        return 0;
    }
    const std::size_t second = match_identifier(text.substr(first + 1));
    return second == 0 ? 0 : first + 1 + second;
}

std::size_t match_string(std::string_view text) {
    if (text.empty() || text[0] != '\'') {
        return 0;
    }
    std::size_t at = 1;
    while (at < text.size() && text[at] != '\n') {
        if (text[at] == '\\') {
            if (at + 1 == text.size() || text[at + 1] == '\n') {
                return 0;
            }
            at += 2;
        } else if (text[at] != '\'') {
            ++at;
        } else if (at + 1 < text.size() && text[at + 1] == '\'') {
            at += 2;
        } else {
            return at + 1;
        }
    }
    return 0;
}

std::size_t match_unquoted(std::string_view text) {
    return text.empty() || !is_letter(text[0]) ? 0 : run(text, 1, is_unquoted);
}

std::size_t match_integer(std::string_view text) {
    const std::size_t start = sign(text);
    const std::size_t digits = run(text, start, is_digit);
    if (digits == start) {
        return 0;
    }
    const std::size_t decimal = run(text, digits, is_ascii_letter);
    if (text[start] == '0' && start + 1 < text.size() && text[start + 1] == 'x') {
        const std::size_t hexadecimal = run(text, start + 2, is_hexadecimal);
        if (hexadecimal > start + 2) {
            return std::max(decimal, run(text, hexadecimal, is_ascii_letter));
        }
    }
    return decimal;
}

std::size_t match_real(std::string_view text) {
    const std::size_t point = run(text, sign(text), is_digit);
    if (point == text.size() || text[point] != '.') {
        return 0;
    }
    const std::size_t mantissa = run(text, point + 1, is_digit);
    if (mantissa < text.size() && (text[mantissa] == 'e' || text[mantissa] == 'E')) {
        const std::size_t exponent = mantissa + 1 + sign(text.substr(mantissa + 1));
        const std::size_t end = run(text, exponent, is_digit);
        if (end > exponent) {
            return end;
        }
    }
    return mantissa;
}

}  // namespace

ConfToken ConfLexer::next() {
    rest_.remove_prefix(run(rest_, 0, is_blank));
    if (!rest_.empty() && rest_[0] == '#') {
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
    }
    if (rest_.empty()) {
        token_ = {};
        return ConfToken::end_of_file;
    }
    if (rest_[0] == '\n') {  // most tokens: those of a line that is empty or a comment
        token_ = rest_.substr(0, 1);
        rest_.remove_prefix(1);
        return ConfToken::end_of_line;
    }
    // In the order of the rules.
    const std::array<std::pair<std::size_t, ConfToken>, 7> matches{{
        {match_identifier(rest_), ConfToken::identifier},
        {match_qualified(rest_), ConfToken::qualified_identifier},
        {match_string(rest_), ConfToken::string},
        {match_unquoted(rest_), ConfToken::unquoted_string},
        {match_integer(rest_), ConfToken::integer},
        {match_real(rest_), ConfToken::real},
        {rest_[0] == '=' ? 1 : 0, ConfToken::equals},
    }};
    const auto& longest = *std::max_element(
        matches.begin(), matches.end(),
        [](const auto& left, const auto& right) { return left.first < right.first; });
    const std::size_t length = std::max<std::size_t>(longest.first, 1);
    token_ = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return longest.first == 0 ? ConfToken::error : longest.second;
}

std::string unquote_conf_string(std::string_view token) {
    const std::string_view inner = token.substr(1, token.size() - 2);
    std::string value;
    for (std::size_t i = 0; i < inner.size(); ++i) {
        if (inner[i] == '\'') {
            ++i;  // the first of a doubled quote
            value += '\'';
            continue;
        }
        if (inner[i] != '\\') {
            value += inner[i];
            continue;
        }
        const char escaped = inner[++i];
        static constexpr std::string_view kLetters = "bfnrt";
        static constexpr std::string_view kMeanings = "\b\f\n\r\t";
        if (const auto letter = kLetters.find(escaped); letter != std::string_view::npos) {
            value += kMeanings[letter];
        } else if (escaped >= '0' && escaped <= '7') {
            int octal = 0;
            const std::size_t end = std::min(i + 3, inner.size());
            while (i < end && inner[i] >= '0' && inner[i] <= '7') {
                octal = octal * 8 + (inner[i++] - '0');
            }
            --i;
            value += static_cast<char>(octal);
        } else {
            value += escaped;
        }
    }
    return value.substr(0, value.find('\0'));  // the server works on C strings
}

}  // namespace citus_init::render
