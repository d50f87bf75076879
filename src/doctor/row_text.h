#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "citus_init/base/text.h"
#include "citus_init/citus/session.h"

namespace citus_init::doctor {

// A value of bigint that is not negative; 0 for NULL and for anything else.
inline std::int64_t integer_at(const citus::Rows& rows, std::size_t row, std::size_t column) {
    return parse_integer(rows.at(row, column), 0, std::numeric_limits<std::int64_t>::max())
        .value_or(0);
}

// The first column of each row.
inline std::vector<std::string> first_column(const citus::Rows& rows) {
    std::vector<std::string> texts;
    for (std::size_t row = 0; row < rows.values.size(); ++row) {
        texts.push_back(rows.at(row, 0));
    }
    return texts;
}

// `make(rows, row)` of each row.
template <typename T, typename Make>
std::vector<T> each_row(const citus::Rows& rows, const Make& make) {
    std::vector<T> all;
    for (std::size_t row = 0; row < rows.values.size(); ++row) {
        all.push_back(make(row));
    }
    return all;
}

}  // namespace citus_init::doctor
