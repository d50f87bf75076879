#pragma once

#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "citus_init/render/layered_value.h"
#include "citus_init/settings/load.h"

namespace citus_init::render {

// A postgres command line, understood the way postmaster.c understands it.
struct ServerArguments {
    // What is to be passed on: one option a word or two, in the user's order, without the data
    // directory, config_file and -C, which are ours to give.
    std::vector<std::string> words;
    // What it sets, in order, the last of one name wins: the name as PostgreSQL spells it in the
    // conf file, lower case; "" is a value; the origin is the argument as the user wrote it, "-N
    // 50".
    std::vector<std::pair<std::string, LayeredValue>> settings;
    std::string data_directory;  // of -D or data_directory, absolute; "" = not given
    std::string config_file;     // absolute; "" = the data directory's postgresql.conf
    std::string print_setting;   // the NAME of "-C NAME", "" without
};

// `arguments` are the words after the program's name. Relative paths are taken from
// `working_directory`, as postgres does. Pure.
tl::expected<ServerArguments, std::vector<settings::Problem>> parse_server_arguments(
    const std::vector<std::string>& arguments, const std::string& working_directory);

}  // namespace citus_init::render
