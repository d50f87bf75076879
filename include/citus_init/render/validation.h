#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "citus_init/base/filesystem.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/render/postgresql_conf.h"
#include "citus_init/render/server_arguments.h"
#include "citus_init/settings/problem.h"

namespace citus_init::render {

// Asking the server itself, without touching it: `postgres -C shared_memory_size` reads every
// setting, loads the preloaded libraries and makes its cross checks, in about 0.1 s. It wants the
// lock of its data directory, so it gets a shadow of 64 KiB: the version, the control file and the
// configuration that is to be checked.
struct Validation {
    std::vector<std::string> directories;                    // to make, relative, mode 0700
    std::vector<std::pair<std::string, std::string>> files;  // relative path and content, 0600
    std::vector<std::string> arguments;                      // after BIN/postgres
    // False for a data directory that has no cluster yet: names and values are checked then, the
    // preloaded libraries and the limits between settings are not.
    bool complete = false;
    // False for such a directory, and for a server before 15: whether the preloaded libraries are
    // there has to be found out otherwise (library_check.h).
    bool loads_libraries = false;
};

// `shadow` is the absolute path of a directory that the caller makes (0700, owned by whoever runs
// the server) and removes again. Its program must find LC_ALL=C in its environment: the answer is
// read by its words. Reads the cluster's files through `files`.
Validation plan_validation(const GucStack& stack, const RenderedConf& conf,
                           const ServerArguments& arguments, const std::string& shadow,
                           const Filesystem& files);

// What the server's messages say is wrong, by where the user wrote it. Empty when it ended
// with 0; never empty otherwise. Pure.
std::vector<settings::Problem> read_validation(int exit_code, std::string_view messages,
                                               const GucStack& stack, const RenderedConf& conf,
                                               const std::string& shadow);

// The same text as long as a validation would come to the same end: everything in the stack, the
// command line, and size and time of each of `programs` (postgres, citus.so; a missing one counts
// as such). To be kept with the data directory, so that a start with nothing new skips it.
std::string validation_fingerprint(const GucStack& stack, const ServerArguments& arguments,
                                   const std::vector<std::string>& programs,
                                   const Filesystem& files);

}  // namespace citus_init::render
