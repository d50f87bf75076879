#pragma once

#include <sys/types.h>

#include <string>

namespace citus_init::process {

// How a child ended.
struct ExitStatus {
    enum class Kind { exited, signaled };
    Kind kind = Kind::exited;
    int value = 0;  // exit code, or signal number

    static ExitStatus exited(int code) { return {Kind::exited, code}; }
    static ExitStatus signaled(int signal) { return {Kind::signaled, signal}; }

    bool success() const { return kind == Kind::exited && value == 0; }
    // As shells report it: the exit code, or 128 + signal.
    int shell_code() const { return kind == Kind::exited ? value : 128 + value; }
    // "exit code 1", "signal 9 (SIGKILL)"
    std::string text() const;

    bool operator==(const ExitStatus&) const = default;
};

// Blocks until a child of ours has ended, and reaps it. Not for process 1, where Children reaps.
[[nodiscard]] ExitStatus wait_for_end(pid_t child);

}  // namespace citus_init::process
