#pragma once

#include <string>
#include <vector>

namespace citus_init::cli {

// A line for each row, the columns aligned and two blanks apart, no blank at the end of a line.
std::string table_text(const std::vector<std::vector<std::string>>& rows);

}  // namespace citus_init::cli
