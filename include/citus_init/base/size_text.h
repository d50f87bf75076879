#pragma once

#include <string>

namespace citus_init {

// A number of bytes for people, in PostgreSQL's units of 1024: "0 bytes", "1.5 kB", "80 MB",
// "9.0 GB"; one decimal below ten. Negative ones are 0.
std::string size_text(double bytes);

}  // namespace citus_init
