#pragma once

#include <string>
#include <vector>

#include "citus_init/base/filesystem.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/settings/problem.h"

namespace citus_init::render {

// The elements of shared_preload_libraries that the server would not find, as
// expand_dynamic_library_name() of dfmgr.c searches them. None where its library directory cannot
// be found, or dynamic_library_path is set.
std::vector<settings::Problem> missing_libraries(const GucStack& stack,
                                                 const std::string& bin_directory,
                                                 const Filesystem& files);

}  // namespace citus_init::render
