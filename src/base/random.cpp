#include "citus_init/base/random.h"

#include <sys/random.h>

#include <cerrno>
#include <vector>

#include <fmt/core.h>

namespace citus_init {

Result<std::string> random_hex(std::size_t bytes) {
    std::vector<unsigned char> random(bytes);
    std::size_t filled = 0;
    while (filled < bytes) {
        const ssize_t count = ::getrandom(random.data() + filled, bytes - filled, 0);
        if (count < 0 && errno != EINTR) {
            return fail(errno_error("cannot read random bytes", errno, ExitCode::os));
        }
        filled += count < 0 ? 0 : static_cast<std::size_t>(count);
    }
    std::string text;
    for (const unsigned char byte : random) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

}  // namespace citus_init
