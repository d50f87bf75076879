#include "app/server_arguments.h"

#include <filesystem>
#include <utility>

namespace citus_init::app {

tl::expected<render::ServerArguments, std::vector<settings::Problem>> read_server_arguments(
    const std::vector<std::string>& words, const Filesystem& files) {
    auto arguments =
        render::parse_server_arguments(words, std::filesystem::current_path().string());
    if (!arguments || arguments->data_directory.empty()) {
        return arguments;
    }
    const std::string conf = arguments->data_directory + "/postgresql.conf";
    if (files.exists(conf) && !files.exists(arguments->data_directory + "/PG_VERSION")) {
        arguments->data_directory.clear();
        if (arguments->config_file.empty()) {
            arguments->config_file = conf;
        }
    }
    return arguments;
}

settings::Environment with_data_directory(settings::Environment environment,
                                          const render::ServerArguments& arguments) {
    if (!arguments.data_directory.empty()) {
        environment["PGDATA"] = arguments.data_directory;
        environment.erase("PGDATA_FILE");
    }
    return environment;
}

}  // namespace citus_init::app
