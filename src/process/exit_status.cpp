#include "citus_init/process/exit_status.h"

#include <string.h>
#include <sys/wait.h>

#include <cerrno>

#include <fmt/core.h>

namespace citus_init::process {

std::string ExitStatus::text() const {
    if (kind == Kind::exited) {
        return fmt::format("exit code {}", value);
    }
    const char* name = ::sigabbrev_np(value);
    return name == nullptr ? fmt::format("signal {}", value)
                           : fmt::format("signal {} (SIG{})", value, name);
}

ExitStatus wait_for_end(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? ExitStatus::signaled(WTERMSIG(status))
                               : ExitStatus::exited(WEXITSTATUS(status));
}

}  // namespace citus_init::process
