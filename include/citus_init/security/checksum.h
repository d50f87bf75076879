#pragma once

#include <string>
#include <string_view>

#include "citus_init/base/result.h"

namespace citus_init::security {

// SHA-256 of `content`, as 64 hexadecimal digits. Loads libcrypto. Errors: `os`.
[[nodiscard]] Result<std::string> sha256_text(std::string_view content);

}  // namespace citus_init::security
