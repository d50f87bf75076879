#pragma once

#include <string>

#include "citus_init/node/node.h"

namespace citus_init::supervisor {

// Empty lock files of a server that was killed while it made them: the next one would never start.
// Where the server is configured to make its first socket. After check_configuration().
struct ServerSocket {
    std::string directory;
    int port = 0;
};
ServerSocket configured_socket(const node::Node& node);

// Whether the server will be able to make its sockets, so that initdb is not run in vain. As the
// server's user, after check_configuration(). Errors: `permission`, a directory is not there or
// cannot be written to.
[[nodiscard]] Status check_socket_directories(const node::Node& node);

// See postgres::remove_empty_lock_files(). After check_configuration().
bool remove_empty_lock_files(const node::Node& node);

// The same, and waits a second or two for one that is too young. Before anything is supervised.
void wait_out_empty_lock_files(const node::Node& node);

}  // namespace citus_init::supervisor
