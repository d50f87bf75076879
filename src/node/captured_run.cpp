#include "citus_init/node/captured_run.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/fd.h"
#include "citus_init/base/pipe.h"
#include "citus_init/node/question_environment.h"

namespace citus_init::node {

namespace {

using Clock = std::chrono::steady_clock;

// Reads to the end, which comes when the last holder of the other end is gone; false at the
// deadline.
bool read_until(int fd, Clock::time_point deadline, std::string& text) {
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd waiting{fd, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, left > 0 ? static_cast<int>(left) : 0);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0) {
            return false;
        }
        const ssize_t count = ::read(fd, buffer.data(), buffer.size());
        if (count <= 0) {
            return true;
        }
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

}  // namespace

Result<CapturedRun> run_captured(process::Command command, std::chrono::milliseconds deadline) {
    auto pipe = make_pipe();
    if (!pipe) {
        return fail(pipe.error());
    }
    const Fd reading = std::move(pipe->reading);
    Fd writing = std::move(pipe->writing);
    const Fd nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!nowhere) {
        return fail(errno_error("cannot open /dev/null", errno, ExitCode::os));
    }
    command.descriptors = {{nowhere.get(), STDIN_FILENO},
                           {nowhere.get(), STDOUT_FILENO},
                           {writing.get(), STDERR_FILENO}};
    command.parent_death_signal = SIGKILL;
    const std::string program = command.arguments.front();
    const auto pid = process::spawn(command);
    if (!pid) {
        return fail(ExitCode::os, pid.error().message);
    }
    writing.reset();
    CapturedRun run;
    const bool ended = read_until(reading.get(), Clock::now() + deadline, run.errors);
    if (!ended) {
        ::kill(*pid, SIGKILL);
    }
    run.status = process::wait_for_end(*pid);
    if (!ended) {
        return fail(ExitCode::unavailable,
                    fmt::format("{} did not end within {} ms", program, deadline.count()));
    }
    return run;
}

Result<CapturedRun> run_by_path(const std::string& command, const std::string& path,
                                std::chrono::milliseconds deadline) {
    process::Command shell;
    shell.arguments = {"/bin/sh", "-c", fmt::format("exec {} >&2", command)};
    shell.environment = question_environment();  // it may be found by PYTHONPATH
    std::erase_if(*shell.environment,
                  [](const std::string& entry) { return entry.starts_with("PATH="); });
    shell.environment->push_back("PATH=" + path);
    return run_captured(std::move(shell), deadline);
}

}  // namespace citus_init::node
