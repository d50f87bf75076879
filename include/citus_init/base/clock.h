#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace citus_init {

// Now, as RFC 3339 in UTC: "2026-11-22T14:00:00Z".
std::string utc_now();
// The same of a time in seconds since 1970.
std::string utc_text(std::int64_t seconds);

// Since the machine's start, the time included in which it was suspended (CLOCK_BOOTTIME). Nobody
// sets this clock.
std::chrono::nanoseconds boot_time();

}  // namespace citus_init
