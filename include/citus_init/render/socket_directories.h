#pragma once

#include <string>
#include <vector>

#include "citus_init/render/guc_stack.h"

namespace citus_init::render {

// Where the server makes its Unix sockets, as a client of it names them: absolute paths, and names
// that begin with "@" (abstract sockets). A relative path is the data directory's: the server
// changes to it. Empty where unix_socket_directories is.
std::vector<std::string> socket_directories(const GucStack& stack);

}  // namespace citus_init::render
