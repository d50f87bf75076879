#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "citus_init/settings/environment.h"

namespace citus_init::cli {

// Supervise a server, or run `postgres --single` and the like: what follows the word `postgres`.
struct RunServer {
    std::vector<std::string> server_arguments;
};
// Run anything else under the same PID-1 duties.
struct RunCommand {
    std::vector<std::string> arguments;
};
// A verb of ours with its own arguments; [0] is the verb.
struct RunVerb {
    std::vector<std::string> arguments;
};

using Invocation = std::variant<RunServer, RunCommand, RunVerb>;

// Tells apart the three, as the official entrypoint does (first argument `-something` or `postgres`
// means the server, anything else is a command) with our verbs in between:
//   citus-init [run] [--] [postgres] [-ARGUMENT...]    the server
//   citus-init [run] [--] COMMAND [ARGUMENT...]        a command; after `--` never a verb
//   citus-init VERB [ARGUMENT...]                      a verb
// An argument anywhere that asks the server for help (-?, --help, --describe-config, -V, --version)
// makes it a plain command `postgres ...`: `docker run IMAGE --version` is asked by scripts. Our
// own are the verbs `help` and `version`; `--help` in the first place and a lone `-h` are `help`.
// Under the name docker-entrypoint.sh there are no verbs but `run`. Pure.
Invocation parse_command_line(const std::vector<std::string>& arguments);

// Parses and runs a verb that parse_command_line() found; `arguments[0]` is the verb, of users or
// one that PID 1 starts of its own binary. Returns the exit status: 64 with a line on stderr for a
// usage error.
int run_verb(const std::vector<std::string>& arguments, const settings::Environment& environment);

// The verb for users that a mistyped word is nearest to; none where it is like none of them.
std::optional<std::string> nearest_verb(const std::string& word);

// What to say where the command is not found: ". Did you mean the verb status? ...", "" = nothing.
std::string hint_for(const RunCommand& command);

}  // namespace citus_init::cli
