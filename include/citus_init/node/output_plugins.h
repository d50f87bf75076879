#pragma once

#include <string>
#include <vector>

namespace citus_init::node {

// The logical decoding output plugins beside Citus' library that output_plugin_libraries must name
// before they can be used: "citus", which decodes the WAL for online splits, and "wal2json" where
// the image has it. Empty where the server's program does not know that setting: it is in
// PostgreSQL 15.19, 17.11, 18.6 and later, and a server that does not know it would not start with
// it. Reads the program's string literals, about 1 ms; `citus_library` empty: no Citus.
std::vector<std::string> output_plugins(const std::string& bin_directory,
                                        const std::string& citus_library);

}  // namespace citus_init::node
