#pragma once

#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/process/spawn.h"

namespace citus_init::private_server {

// A program whose output goes to the file `log`, appended. In `directory` where that is not "".
// Killed when we are.
process::Command logged_command(std::vector<std::string> arguments, int log);

// Runs it to its end, however long that takes. Errors: `data_directory`, with the last lines of its
// output; `os`.
[[nodiscard]] Status run_program(std::vector<std::string> arguments, const std::string& log_path,
                                 const std::string& what);

// The files that a program's output names (*.log, *.txt; relative ones in `directory`), as far as
// they are there: the name of each and its last lines. pg_upgrade has the cause of a failure in
// those.
std::string named_files(const std::string& output, const std::string& directory);

// The last lines of a file, none of them empty, one below the other; "" where it has none.
std::string last_lines(const std::string& path, std::size_t count);

}  // namespace citus_init::private_server
