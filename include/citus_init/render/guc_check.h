#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "citus_init/render/guc_stack.h"
#include "citus_init/settings/load.h"

namespace citus_init::render {

struct GucCheckInputs {
    int server_major = 0;  // 0: not known
    // Whether the installed citus library has the setting's name in it; null when there is no
    // library at hand. Asked only for citus.* names that the table does not know.
    std::function<bool(std::string_view)> citus_knows;
};

struct GucFindings {
    std::vector<settings::Problem> problems;  // certain: not to be started with
    // What the table of another version cannot know for sure: the server's own answer decides
    // (validation.h), this is a warning where there is no server to ask.
    std::vector<settings::Problem> doubts;
};

// Judges every value that the user gave, in any layer, against the table. `postgres -C` is silent
// on wrong citus.* settings and the server then runs with the default, so these are certain;
// names with another prefix belong to other extensions and pass.
GucFindings check_gucs(const GucStack& stack, const GucCheckInputs& inputs);

// Whether `library` (the content of citus.so) holds `name` as a string of its own.
bool library_has_name(std::string_view library, std::string_view name);

// For GucCheckInputs::citus_knows: reads the library when it is first asked, which for a node
// without unknown names is never. `files` must outlive it. A library that cannot be read knows
// every name, since it cannot be said that it does not.
std::function<bool(std::string_view)> names_in_library(const Filesystem& files, std::string path);

}  // namespace citus_init::render
