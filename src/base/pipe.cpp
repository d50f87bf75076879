#include "citus_init/base/pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace citus_init {

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return fail(errno_error("cannot make a pipe", errno, ExitCode::os));
    }
    return Pipe{Fd(ends[0]), Fd(ends[1])};
}

}  // namespace citus_init
