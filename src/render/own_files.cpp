#include "citus_init/render/own_files.h"

namespace citus_init::render {

namespace {

OwnFiles files_in(const std::string& directory) {
    return {directory,
            directory + "/postgresql.conf",
            directory + "/pg_hba.conf",
            directory + "/pgpass",
            directory + "/ca.crt",
            directory + "/server.crt",
            directory + "/server.key"};
}

}  // namespace

OwnFiles own_files(const std::string& data_directory) {
    return files_in(data_directory + "/citus_init");
}

OwnFiles own_files(const settings::Settings& settings) {
    return settings.patroni ? files_in(settings.patroni->directory)
                            : own_files(settings.postgres.data_directory);
}

}  // namespace citus_init::render
