#include "monitor/row_numbers.h"

#include <charconv>
#include <string>
#include <system_error>

namespace citus_init::monitor {

std::optional<double> number_at(const citus::Rows& rows, std::size_t row, std::size_t column) {
    const std::string& text = rows.at(row, column);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

double count_at(const citus::Rows& rows, std::size_t row, std::size_t column) {
    return number_at(rows, row, column).value_or(0);
}

int integer_at(const citus::Rows& rows, std::size_t row, std::size_t column) {
    return static_cast<int>(count_at(rows, row, column));
}

Numbers numbers_in(const citus::Rows& rows, std::size_t row, std::size_t first_column,
                   std::span<const std::string_view> names) {
    Numbers numbers;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (const auto number = number_at(rows, row, first_column + i)) {
            numbers[std::string(names[i])] = *number;
        }
    }
    return numbers;
}

Numbers numbers_by_name(const citus::Rows& rows) {
    Numbers numbers;
    for (std::size_t row = 0; row < rows.values.size(); ++row) {
        if (const auto number = number_at(rows, row, 1)) {
            numbers[rows.at(row, 0)] = *number;
        }
    }
    return numbers;
}

}  // namespace citus_init::monitor
