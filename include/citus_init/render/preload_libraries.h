#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/render/guc_stack.h"

namespace citus_init::render {

// The elements of a shared_preload_libraries value: split at commas, double quotes undone, as
// SplitDirectoriesString() of PostgreSQL does. An unclosed quote ends with the text.
std::vector<std::string> split_libraries(std::string_view value);

// The inverse: elements are put in double quotes where they need it.
std::string join_libraries(const std::vector<std::string>& libraries);

// The value with Citus first (it refuses to be loaded later: "Citus has to be loaded first"), the
// others in their order, each once. A citus that the user named by a path stays that one.
std::string citus_first(std::string_view value);

// The strongest value of shared_preload_libraries that names the library, as the user wrote it: the
// enforced one holds those of all others, with citus before them. None: nobody named it.
std::optional<LayeredValue> value_with_library(const GucStack& stack, const std::string& library);

}  // namespace citus_init::render
