#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "citus_init/base/result.h"

namespace citus_init {

// A whole file: of this machine, or of another one.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

// Bytes behind a key such as "MemTotal:" in the text of /proc/meminfo; none where it is missing.
std::optional<double> meminfo_bytes(const std::string& meminfo, std::string_view key);

}  // namespace citus_init
