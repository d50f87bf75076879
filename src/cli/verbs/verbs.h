#pragma once

#include <string>
#include <vector>

#include "citus_init/settings/environment.h"

// The verbs about a node's configuration. Each returns the exit status; its data goes to stdout,
// what is wrong to stderr, and the last line there says why the status is not 0.
namespace citus_init::cli {

// Reports every problem that a start would meet, and every warning. 0, 78.
int run_check(const settings::Environment& environment,
              const std::vector<std::string>& server_arguments);

// Prints the files and the command line of a start, without secrets. Changes nothing. 0, 78.
int run_render(const settings::Environment& environment,
               const std::vector<std::string>& server_arguments);

// The versions of citus-init, and of PostgreSQL and Citus as a start would use them, with where
// they are; the libraries that the program was built with. Never fails: what is not there is said
// so.
int run_version(const settings::Environment& environment);

// Prints every value that a setting has in some layer, weakest first. 0; 64 for a name that nobody
// knows; 78.
int run_explain(const settings::Environment& environment, const std::string& name, bool json,
                const std::vector<std::string>& server_arguments);

// Hidden, PID 1's child: the server's own answer to the configuration. 0, 78. Takes the settings
// from the descriptor that PID 1 gave.
int run_validate(const std::vector<std::string>& server_arguments);

// Hidden, PID 1's child: "NAME", the node's own certificate. 0 or the error's status.
int run_make_certificate(const std::vector<std::string>& arguments);

// Hidden, PID 1's child: "PGDATA", which is durable when it returns. 0 or the error's status.
int run_sync_data_directory(const std::vector<std::string>& arguments);

}  // namespace citus_init::cli
