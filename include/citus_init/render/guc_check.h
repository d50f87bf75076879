#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/render/guc_stack.h"
#include "citus_init/settings/load.h"

namespace citus_init::render {

struct GucCheckInputs {
    ServerVersions versions;
    // Whether the installed server's program, or the citus library, has the name in it; null where
    // there is none at hand. Asked only for names that the table does not know for that version.
    std::function<bool(std::string_view)> server_knows;
    std::function<bool(std::string_view)> citus_knows;
};

struct GucFindings {
    std::vector<settings::Problem> problems;  // certain: not to be started with
    // What only the server of another version knows. Its own answer decides (validation.h);
    // this is a warning where it is not asked.
    std::vector<settings::Problem> doubts;
};

// Checks every value that the user gave, in any layer, against the table. `postgres -C` is silent
// on wrong citus.* settings and the server then runs with the default, so these are certain;
// names with another prefix belong to other extensions and pass.
GucFindings check_gucs(const GucStack& stack, const GucCheckInputs& inputs);

// Whether `program` (the content of postgres or citus.so) holds a string that ends with `name`:
// linkers merge the tails of strings, so "port" may stand within "report".
bool program_has_name(std::string_view program, std::string_view name);

// For GucCheckInputs: reads the program when it is first asked, which for a node without unknown
// names is never. `files` must outlive it. A program that cannot be read knows every name, since it
// cannot be said that it does not.
std::function<bool(std::string_view)> names_in_program(const Filesystem& files, std::string path);

}  // namespace citus_init::render
