#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus_init/process/signals.h"

namespace citus_init::supervisor {

// Runs any command under the duties of an init, and returns the exit code for main: the command's
// own, 128 + signal, 127 (not found), 126 (cannot be executed), 71 (no process could be made).
//
// The command is a direct child with its own process group, and gets mask, dispositions,
// environment, descriptors and working directory as we got them. Every signal that we get is
// forwarded to it, and to it alone. Orphans are reaped. Blocks until the command ended, then for at
// most 3 s more for what it left behind. Uses no descriptor while it waits and wakes for signals
// only.
// `hint` is said after the message that the program is not found (127). `environment`: another one
// than ours, "NAME=VALUE".
[[nodiscard]] int run_wrapped_command(
    const std::vector<std::string>& arguments, const process::InheritedSignals& inherited,
    const std::string& hint = {},
    const std::optional<std::vector<std::string>>& environment = std::nullopt);

}  // namespace citus_init::supervisor
