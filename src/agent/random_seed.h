#pragma once

#include <cstdint>

namespace citus_init::agent {

// Another one in each process, for what is to differ between nodes. Does not block.
std::uint32_t random_seed();

}  // namespace citus_init::agent
