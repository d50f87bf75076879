#include "citus_init/render/own_files.h"

namespace citus_init::render {

OwnFiles own_files(const std::string& data_directory) {
    const std::string directory = data_directory + "/citus_init";
    return {directory,
            directory + "/postgresql.conf",
            directory + "/pg_hba.conf",
            directory + "/pgpass",
            directory + "/ca.crt",
            directory + "/server.crt",
            directory + "/server.key"};
}

}  // namespace citus_init::render
