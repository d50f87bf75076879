#include "citus_init/base/parallel.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace citus_init {

void in_parallel(std::size_t count, std::size_t most_threads,
                 const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    const auto take_turns = [&] {
        for (std::size_t index = next++; index < count; index = next++) {
            work(index);
        }
    };
    std::vector<std::thread> helpers;
    for (std::size_t i = 1; i < std::min(count, most_threads); ++i) {
        try {
            helpers.emplace_back(take_turns);
        } catch (const std::system_error&) {
            break;  // no more threads (pids.max): fewer do the same work
        }
    }
    take_turns();
    for (auto& helper : helpers) {
        helper.join();
    }
}

}  // namespace citus_init
