#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/base/result.h"

namespace citus_init::backup {

// A run of pgBackRest that came to its end, or to its deadline.
struct Run {
    int code = 0;  // its exit code, 128 + N for one that signal N ended
    bool timed_out = false;
    std::string output;    // the first 64 MB of stdout
    std::string errors;    // the first 64 kB of stderr
    bool is_cut = false;   // there was more on stdout
    bool on_host = false;  // the repository host has run it, and connected to this node

    bool succeeded() const { return code == 0 && !timed_out; }
};

// What pgBackRest is to do.
struct Command {
    std::vector<std::string> arguments;  // without the program and --config
    std::string input{};                 // its stdin
    // Pieces of its stdout as they come, called on the thread that runs it; may be empty.
    std::function<void(std::string_view)> on_output{};
};

// How pgBackRest is run: the port to its program. backup/client implements it. Any number of
// threads may run commands at once.
class Runner {
  public:
    virtual ~Runner() = default;

    // Blocks until it ends, at the deadline or when `stop` is requested it is killed with all of
    // its process group. Errors: `os`, it cannot be started; `unavailable`, `stop` was requested.
    // Never on the thread of process 1.
    [[nodiscard]] virtual Result<Run> run(const Command& command,
                                          std::chrono::milliseconds deadline,
                                          const std::stop_token& stop) = 0;
};

}  // namespace citus_init::backup
