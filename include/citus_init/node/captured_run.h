#pragma once

#include <chrono>
#include <string>

#include "citus_init/base/result.h"
#include "citus_init/process/exit_status.h"
#include "citus_init/process/spawn.h"

namespace citus_init::node {

struct CapturedRun {
    process::ExitStatus status;
    std::string errors;  // what it wrote to stderr
};

// Runs a program to its end; its stdout is dropped. Blocks; kills it with SIGKILL at the deadline,
// which is an error of its own (`unavailable`). For verbs, never for PID 1.
[[nodiscard]] Result<CapturedRun> run_captured(process::Command command,
                                               std::chrono::milliseconds deadline);

// The same for a question to a program that `path` (PATH) leads to, whose answer goes to stdout:
// that is in `errors`, too. `command`: words for a shell.
[[nodiscard]] Result<CapturedRun> run_by_path(const std::string& command, const std::string& path,
                                              std::chrono::milliseconds deadline);

}  // namespace citus_init::node
