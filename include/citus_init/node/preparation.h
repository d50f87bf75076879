#pragma once

#include <functional>
#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/node/node.h"
#include "citus_init/process/identity.h"
#include "citus_init/settings/environment.h"

namespace citus_init::node {

// The steps of a start that are the same with and without Patroni.

inline constexpr const char* kSocketDirectory = "/var/run/postgresql";

// The settings, and the log set up by them. All their problems come as one Error (78), their
// warnings are logged. Touches nothing.
[[nodiscard]] Result<Node> read_node(const std::vector<std::string>& server_arguments,
                                     const settings::Environment& environment);

// The server's own command line; after the data directory is known.
[[nodiscard]] Status take_arguments(Node& node, const std::vector<std::string>& server_arguments);

// PostgreSQL's programs, and Citus where it is on.
[[nodiscard]] Status find_server(Node& node);

// The user that root runs the server as. Error (78): there is none.
[[nodiscard]] Result<process::User> server_user();

// Runs `action` with that user's rights to files (process::with_file_rights_of()) where we are
// root: for the user's configuration, which may include any file, and whose errors quote it.
[[nodiscard]] Status with_server_file_rights(const std::function<Status()>& action);

// Whom the server runs as. A uid without a name is given this one, see process/nss_wrapper.h.
std::string server_user_name();

// Root becomes that user for good; HOME becomes his. What root alone can do for PID 1 is done.
[[nodiscard]] Status step_down(Node& node, const process::User& user);
// The same for whoever is not root, and so stays who he is.
void close_to_server(Node& node);

}  // namespace citus_init::node
