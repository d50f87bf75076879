#pragma once

#include <string>
#include <vector>

namespace citus_init::render {

// Whether the first argument of postgres makes it a single process without postmaster and clients
// (main.c): --single, --boot, --check. Pure, as all of this.
bool runs_without_postmaster(const std::vector<std::string>& arguments);

// What in such arguments says where the cluster is (-D, data_directory, config_file), as arguments
// that parse_server_arguments() takes. Anything else is for postgres to understand or refuse.
std::vector<std::string> directory_arguments(const std::vector<std::string>& arguments);

}  // namespace citus_init::render
