#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "citus_init/base/filesystem.h"
#include "citus_init/render/server_arguments.h"
#include "citus_init/settings/environment.h"
#include "citus_init/settings/problem.h"

namespace citus_init::node {

// The server's command line as this process was started with it, relative paths resolved. A
// directory of -D that holds a postgresql.conf and no cluster becomes config_file: that is how
// `postgres -D /etc/postgresql` works, whose file names the data directory.
tl::expected<render::ServerArguments, std::vector<settings::Problem>> read_server_arguments(
    const std::vector<std::string>& words, const Filesystem& files);

// The environment as load_settings() is to see it: the command line beats PGDATA.
settings::Environment with_data_directory(settings::Environment environment,
                                          const render::ServerArguments& arguments);

}  // namespace citus_init::node
