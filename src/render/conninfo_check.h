#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "citus_init/render/guc_table.h"

namespace citus_init::render {

// What libpq would not take of a setting that is a connection string, or Citus of
// citus.node_conninfo; the server itself takes any text for it. None for every other setting. Pure.
std::optional<GucComplaint> check_conninfo(std::string_view setting, const std::string& value);

}  // namespace citus_init::render
