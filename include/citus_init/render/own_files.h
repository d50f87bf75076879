#pragma once

#include <string>

#include "citus_init/settings/settings.h"

namespace citus_init::render {

// Our files, in the data directory or, with Patroni, beside it. They are written anew at every
// start.
struct OwnFiles {
    std::string directory;
    std::string postgresql_conf;
    std::string pg_hba_conf;
    std::string pgpass;
    std::string authority;
    std::string certificate;
    std::string private_key;
};

OwnFiles own_files(const std::string& data_directory);

// Where they are with these settings: with CITUS_HA=patroni in its own directory, since a replica
// gets everything that stands in its leader's data directory.
OwnFiles own_files(const settings::Settings& settings);

}  // namespace citus_init::render
