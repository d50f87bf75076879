#pragma once

#include <string>
#include <vector>

#include "citus_init/base/filesystem.h"
#include "citus_init/postgres/citus_package.h"
#include "citus_init/postgres/lifecycle.h"
#include "citus_init/postgres/lock.h"
#include "citus_init/postgres/node_marker.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/render/server_arguments.h"
#include "citus_init/settings/load.h"

namespace citus_init::app {

// Everything that was decided before the supervisor starts, and what it learns later.
struct Node {
    settings::Settings settings;
    settings::Environment environment;  // the container's, NAME_FILE replaced by NAME
    render::ServerArguments arguments;
    std::string bin_directory;
    int postgres_major = 0;
    postgres::CitusPackage citus_package;  // empty without Citus
    std::string data_directory;
    std::string node_name;
    std::string program;  // how to run ourselves again
    bool was_root = false;

    postgres::lifecycle::Plan plan;
    postgres::DataDirectoryLock lock;
    postgres::NodeMarker marker;  // as it is on disk, or will be

    // From postmaster.pid of the running server.
    int server_port = 5432;
    std::string socket_directory;

    std::string role_word() const;
};

}  // namespace citus_init::app
