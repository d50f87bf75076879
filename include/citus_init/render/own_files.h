#pragma once

#include <string>

namespace citus_init::render {

// Our files in the data directory. They are written anew at every start.
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

}  // namespace citus_init::render
