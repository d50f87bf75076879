#pragma once

#include <string>
#include <vector>

#include "citus_init/process/spawn.h"

namespace citus_init::process {

// The test binary is its own helper program: with `--helper` it reports what it was started with,
// or waits to be ended, instead of running tests.

// What a program finds at its start.
struct Report {
    std::string blocked;      // SigBlk of /proc/self/status
    std::string ignored;      // SigIgn
    std::string descriptors;  // "0 1 2"
    std::string group;        // its process group
    std::string variable;     // ${HELPER_VARIABLE}
};

// argv of a helper that writes its report to descriptor `to`.
std::vector<std::string> report_helper(int to);
// argv of a helper that does nothing until a signal ends it.
std::vector<std::string> waiting_helper();
// argv of a helper that leaves an orphan behind, which waits in `directory`, and exits 0 when that
// is there.
std::vector<std::string> orphan_helper(const std::string& directory);

// Reads to the end of `fd`.
std::string read_all(int fd);
Report parse_report(const std::string& text);

// main() of the helpers.
int run_helper(const std::vector<std::string>& arguments);

}  // namespace citus_init::process
