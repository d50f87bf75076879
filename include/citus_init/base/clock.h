#pragma once

#include <string>

namespace citus_init {

// Now, as RFC 3339 in UTC: "2026-11-22T14:00:00Z".
std::string utc_now();

}  // namespace citus_init
