#pragma once

namespace citus_init {

// "0.1.0", from the one place that knows it, project() in CMakeLists.txt.
const char* version();

// The commit that it was built from, 40 hexadecimal digits, with ", changed" behind them where the
// tree had other changes; "" where that is not known (src/cmake/commit.cmake).
const char* commit();

}  // namespace citus_init
