#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "citus_init/settings/load.h"

namespace citus_init::render {

// One setting that the command line makes, e.g. max_connections from "-N 50".
struct ArgumentSetting {
    std::string name;      // as PostgreSQL spells it in the conf file, lower case
    std::string value;     // "" is a value
    std::string argument;  // as the user wrote it, for messages: "-N 50"
    bool operator==(const ArgumentSetting&) const = default;
};

// A postgres command line, understood the way postmaster.c understands it.
struct ServerArguments {
    // What is to be passed on: one option a word or two, in the user's order, without the data
    // directory, config_file and -C, which are ours to give.
    std::vector<std::string> words;
    std::vector<ArgumentSetting> settings;  // in order, the last of one name wins
    std::string data_directory;             // of -D or data_directory, absolute; "" = not given
    std::string config_file;                // absolute; "" = the data directory's postgresql.conf
    std::string print_setting;              // the NAME of "-C NAME", "" without

    // The winning setting of that name, or null.
    const ArgumentSetting* find(std::string_view name) const;
};

// `arguments` are the words after the program's name. Relative paths are taken from
// `working_directory`, as postgres does. Pure.
tl::expected<ServerArguments, std::vector<settings::Problem>> parse_server_arguments(
    const std::vector<std::string>& arguments, const std::string& working_directory);

}  // namespace citus_init::render
