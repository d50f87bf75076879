#include "citus_init/render/own_files.h"

namespace citus_init::render {

std::string own_directory(const std::string& data_directory) {
    return data_directory + "/citus_init";
}

OwnFiles own_files(const settings::Settings& settings) {
    const std::string directory = settings.patroni
                                      ? settings.patroni->directory
                                      : own_directory(settings.postgres.data_directory);
    const std::string secrets = settings.patroni
                                    ? settings.patroni->directory
                                    : settings.supervisor.run_directory + "/citus_init";
    return {directory,
            directory + "/postgresql.conf",
            directory + "/pg_hba.conf",
            directory + "/pg_ident.conf",
            secrets,
            secrets + "/pgpass",
            secrets + "/ca.crt",
            secrets + "/server.crt",
            secrets + "/server.key",
            secrets + "/pgbackrest.conf",
            secrets + "/archive-push.log",
            secrets + "/pgbackrest",
            secrets + "/backup-wake",
            secrets + "/replica-source",
            secrets + "/backup-ca.crt",
            secrets + "/backup.crt",
            secrets + "/backup.key"};
}

std::vector<std::string> secrets_in_data_directory(const std::string& data_directory) {
    std::vector<std::string> paths;
    for (const char* name : {"pgpass", "ca.crt", "server.crt", "server.key"}) {
        paths.push_back(own_directory(data_directory) + "/" + name);
    }
    return paths;
}

}  // namespace citus_init::render
