#include "citus_init/process/exit_status.h"

#include <string.h>

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

}  // namespace citus_init::process
