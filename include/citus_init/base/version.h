#pragma once

namespace citus_init {

// "0.1.0", from the one place that knows it, project() in CMakeLists.txt.
const char* version();

}  // namespace citus_init
