#pragma once

#include <string>

namespace citus_init {

// Whether an absolute path is `directory` or lies below it. Compared as text, after "." and ".."
// are resolved: links are not followed.
bool is_within(const std::string& path, const std::string& directory);

}  // namespace citus_init
