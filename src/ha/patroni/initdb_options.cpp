#include "ha/patroni/initdb_options.h"

#include <optional>
#include <sstream>
#include <string>
#include <utility>

namespace citus_init::patroni {

namespace {

using settings::YamlValue;

using Option = std::pair<std::string, std::optional<std::string>>;

// The last one of a name counts, as with initdb itself.
void put(std::vector<Option>& options, Option option) {
    std::erase_if(options, [&option](const Option& each) { return each.first == option.first; });
    options.push_back(std::move(option));
}

void add_words(const std::string& arguments, std::vector<Option>& options,
               std::vector<settings::Problem>& problems) {
    std::istringstream stream(arguments);
    for (std::string argument; stream >> argument;) {
        if (argument.size() < 3 || !argument.starts_with("--") ||
            argument.find_first_of("'\"\\") != std::string::npos) {
            problems.push_back({"POSTGRES_INITDB_ARGS", "",
                                "has words that are not of the form --option or --option=value, "
                                "which are the ones that Patroni takes",
                                "Write --encoding=UTF8 for -E UTF8, and so on, without quotes"});
            return;
        }
        const auto equals = argument.find('=');
        const std::string name =
            argument.substr(2, equals == std::string::npos ? equals : equals - 2);
        if (name == "no-data-checksums") {
            std::erase_if(options,
                          [](const Option& each) { return each.first == "data-checksums"; });
        }
        put(options,
            {name, equals == std::string::npos ? std::nullopt
                                               : std::optional(argument.substr(equals + 1))});
    }
}

}  // namespace

YamlValue render_initdb_options(const settings::PostgresSettings& postgres,
                                std::vector<settings::Problem>& problems) {
    std::vector<Option> options{{"data-checksums", std::nullopt},
                                {"encoding", "UTF8"},
                                {"locale", "C.UTF-8"},
                                {"auth-host", "scram-sha-256"},
                                {"auth-local", "peer"}};
    add_words(postgres.initdb_args, options, problems);
    if (!postgres.initdb_waldir.empty()) {
        put(options, {"waldir", postgres.initdb_waldir});
    }
    std::vector<YamlValue> items;
    items.reserve(options.size());
    for (const auto& [name, value] : options) {
        items.push_back(value ? YamlValue::map_of({{name, YamlValue::string(*value)}})
                              : YamlValue::string(name));
    }
    return YamlValue::list_of(std::move(items));
}

}  // namespace citus_init::patroni
