#include "citus_init/citus/session.h"

#include <fmt/core.h>

namespace citus_init::citus {

namespace {

std::string quoted(const std::string& text, char quote) {
    std::string result(1, quote);
    for (const char c : text) {
        result += c;
        if (c == quote) {
            result += c;
        }
    }
    return result + quote;
}

}  // namespace

std::string SqlError::text() const {
    std::string result = fmt::format("{} (SQLSTATE {})", message, sqlstate);
    if (!last_warning.empty()) {
        result += fmt::format("; before it: {} (SQLSTATE {})", last_warning, last_warning_sqlstate);
    }
    return result;
}

const std::string& Rows::at(std::size_t row, std::size_t column) const {
    static const std::string null_text;
    const auto& value = values.at(row).at(column);
    return value ? *value : null_text;
}

bool Rows::is_null(std::size_t row, std::size_t column) const {
    return !values.at(row).at(column).has_value();
}

bool Rows::is_true(std::size_t row, std::size_t column) const {
    return at(row, column) == "t";
}

std::string quote_identifier(const std::string& name) {
    return citus::quoted(name, '"');
}

std::string quote_literal(const std::string& value) {
    // E'' is needed for backslashes only while standard_conforming_strings may be off.
    std::string escaped;
    for (const char c : value) {
        escaped += c;
        if (c == '\\') {
            escaped += c;
        }
    }
    return (escaped.size() == value.size() ? "" : " E") + citus::quoted(escaped, '\'');
}

}  // namespace citus_init::citus
