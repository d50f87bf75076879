#include "citus_init/node/server_arguments.h"

#include <filesystem>
#include <utility>

#include "citus_init/base/path.h"
#include "citus_init/base/text.h"
#include "citus_init/render/conf_parser.h"

namespace citus_init::node {

namespace {

// Of a configuration file; relative to the working directory, as the server takes it. "" where it
// names none or cannot be read, which is reported when the layers are stacked.
std::string named_data_directory(const std::string& conf, const Filesystem& files) {
    std::string directory;
    for (const auto& entry : render::parse_conf_file(conf, files).entries) {
        if (to_lower(entry.name) == "data_directory" && !entry.value.empty()) {
            directory = (std::filesystem::current_path() / entry.value).lexically_normal().string();
        }
    }
    return without_trailing_slashes(std::move(directory));
}

}  // namespace

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
            arguments->data_directory = named_data_directory(conf, files);
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

}  // namespace citus_init::node
