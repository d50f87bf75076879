#include "citus_init/network/bounded_call.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/base/file.h"
#include "citus_init/base/pipe.h"

namespace citus_init::network {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

[[noreturn]] void be_the_child(pid_t parent, int fd, const std::function<std::string()>& work) {
    // It holds copies of the parent's descriptors, so it must not outlive it.
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) {
        ::_exit(1);
    }
    bool written = false;
    try {
        written = write_all(fd, work(), "pipe").has_value();
    } catch (...) {
        written = false;
    }
    ::_exit(written ? 0 : 1);
}

// Until the end of file; none when the deadline comes first.
std::optional<std::string> read_until(int fd, Clock::time_point deadline) {
    std::string text;
    std::array<char, 4096> chunk{};
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
        pollfd watched{fd, POLLIN, 0};
        const int count = ::poll(&watched, 1,
                                 static_cast<int>(std::clamp<milliseconds::rep>(
                                     left.count(), 0, std::numeric_limits<int>::max())));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return std::nullopt;
        }
        const ssize_t size = ::read(fd, chunk.data(), chunk.size());
        if (size == 0) {
            return text;
        }
        if (size > 0) {
            text.append(chunk.data(), static_cast<std::size_t>(size));
        } else if (errno != EINTR) {
            return std::nullopt;
        }
    }
}

bool ended_well(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

Result<std::string> call_within(milliseconds deadline, const std::function<std::string()>& work) {
    auto pipe = make_pipe();
    if (!pipe) {
        return fail(pipe.error());
    }
    const Fd reading = std::move(pipe->reading);
    Fd writing = std::move(pipe->writing);
    const auto end = Clock::now() + deadline;
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) {
        return fail(errno_error("cannot fork", errno, ExitCode::os));
    }
    if (child == 0) {
        be_the_child(parent, writing.get(), work);
    }
    writing.reset();
    auto text = read_until(reading.get(), end);
    if (!text) {
        ::kill(child, SIGKILL);
    }
    const bool good = ended_well(child);
    if (!text) {
        return fail(ExitCode::unavailable, fmt::format("no answer within {} ms", deadline.count()));
    }
    if (!good) {
        return fail(ExitCode::unavailable, "the asking process died without an answer");
    }
    return *std::move(text);
}

}  // namespace citus_init::network
