#pragma once

#include <cstddef>
#include <string>

#include "citus_init/base/result.h"

namespace citus_init {

// So many bytes of the kernel's random source as twice as many hexadecimal digits. May block while
// a machine starts (getrandom(2)). Error: `os`.
[[nodiscard]] Result<std::string> random_hex(std::size_t bytes);

}  // namespace citus_init
