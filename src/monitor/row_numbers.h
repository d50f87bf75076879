#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "citus_init/citus/session.h"
#include "citus_init/monitor/server_snapshot.h"

namespace citus_init::monitor {

// None for NULL and for what is no number.
std::optional<double> number_at(const citus::Rows& rows, std::size_t row, std::size_t column);
// 0 for these.
double count_at(const citus::Rows& rows, std::size_t row, std::size_t column);
int integer_at(const citus::Rows& rows, std::size_t row, std::size_t column);

// The numbers of one row, by these names from `first_column` on.
Numbers numbers_in(const citus::Rows& rows, std::size_t row, std::size_t first_column,
                   std::span<const std::string_view> names);
// Two columns, the name and the number.
Numbers numbers_by_name(const citus::Rows& rows);

}  // namespace citus_init::monitor
