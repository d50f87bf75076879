#pragma once

#include <string_view>

namespace citus_init::render {

// One line per setting, sorted by the lower-case name. guc_table.cpp reads it.
extern const std::string_view kGucTable;

}  // namespace citus_init::render
