#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/process/signals.h"

namespace citus_init::process {

// What processes of ours are called in lists of processes.
inline constexpr const char* kOwnName = "citus-init";

// Our own environment, for a Command whose environment differs from it: "NAME=value" each.
std::vector<std::string> own_environment();

// A program to run. Descriptors 0, 1 and 2 are inherited unless `descriptors` says otherwise, and
// so are all that we were started with; those that we opened are close-on-exec.
struct Command {
    std::vector<std::string>
        arguments;     // [0] is the program, looked up in PATH unless it has a '/'
    std::string file;  // what is executed in place of [0], which is its name then; "" = [0]
    std::optional<std::vector<std::string>> environment;  // "NAME=value"; none: our own, as it is
    // {ours, the child's}, as dup2(2) does it, all at once: a target may be another pair's source.
    std::vector<std::pair<int, int>> descriptors;
    // Sent to the child when we die (PR_SET_PDEATHSIG); 0: none. PID 1 needs none, since the kernel
    // ends its whole namespace.
    int parent_death_signal = 0;
    bool own_process_group = true;
    // Hand the terminal to the child's group, if our group is the one that holds it now.
    bool take_terminal = false;
    // None: empty mask, default dispositions, and 0, 1 and 2 open (standard_descriptors.h). Else a
    // wrapped command: exactly what we were started with.
    std::optional<InheritedSignals> signals;
};

// Starts the child and returns when its exec succeeded or failed (as vfork(2) does, exec(2), a
// close-on-exec pipe carries errno). So it blocks as long as execvp(3) searches PATH; signals of
// that time stay pending and reach the program, none is lost. A program that cannot be executed is
// told apart from a process that could not be made, so that the caller can answer 126 or 127 as
// shells do.
struct SpawnFailure {
    bool exec_failed = false;  // else: fork, pipe
    int error_number = 0;
    std::string message;

    // 127 not found, 126 found but not executable, 71 otherwise.
    int shell_code() const;
};
[[nodiscard]] tl::expected<pid_t, SpawnFailure> spawn(const Command& command);

}  // namespace citus_init::process
