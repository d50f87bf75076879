#include "agent/random_seed.h"

#include <sys/random.h>
#include <unistd.h>

namespace citus_init::agent {

// Not std::random_device, which needs glibc 2.36 (arc4random); all else is content with 2.35.
std::uint32_t random_seed() {
    std::uint32_t value = 0;
    const bool is_random = ::getrandom(&value, sizeof(value), GRND_NONBLOCK) == sizeof(value);
    return is_random ? value : static_cast<std::uint32_t>(::getpid());
}

}  // namespace citus_init::agent
