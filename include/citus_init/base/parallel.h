#pragma once

#include <cstddef>
#include <functional>

namespace citus_init {

// Calls work(0) ... work(count - 1), each once, on at most `most_threads` threads, and returns when
// all have returned. `work` must not throw.
void in_parallel(std::size_t count, std::size_t most_threads,
                 const std::function<void(std::size_t)>& work);

}  // namespace citus_init
