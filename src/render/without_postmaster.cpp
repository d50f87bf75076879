#include "citus_init/render/without_postmaster.h"

#include <algorithm>
#include <string_view>

#include "citus_init/base/text.h"

namespace citus_init::render {

namespace {

// The options with an argument in the option strings of PostgreSQL 13 to 18: of
// process_postgres_switches() in postgres.c, and of bootstrap.c.
constexpr std::string_view kOfSingleUserMode = "BCcDdfhkNprStvW-";
constexpr std::string_view kOfBootstrapMode = "BcdDrxX-";

// "NAME=VALUE" of -c or "--", as ParseLongOption() of guc.c reads it.
bool names_directory(std::string_view assignment) {
    const auto equals = assignment.find('=');
    if (equals == std::string_view::npos) {
        return false;
    }
    std::string name = to_lower(assignment.substr(0, equals));
    std::replace(name.begin(), name.end(), '-', '_');
    return name == "data_directory" || name == "config_file";
}

}  // namespace

bool runs_without_postmaster(const std::vector<std::string>& arguments) {
    return !arguments.empty() && (arguments.front() == "--single" ||
                                  arguments.front() == "--boot" || arguments.front() == "--check");
}

std::vector<std::string> directory_arguments(const std::vector<std::string>& arguments) {
    const std::string_view with_argument =
        arguments.front() == "--single" ? kOfSingleUserMode : kOfBootstrapMode;
    std::vector<std::string> found;
    for (std::size_t at = 1; at < arguments.size() && arguments[at] != "--"; ++at) {
        const std::string& word = arguments[at];
        // The name of the database, which getopt(3) takes anywhere.
        const auto letter =
            word.starts_with('-') ? word.find_first_of(with_argument, 1) : std::string::npos;
        if (letter == std::string::npos) {
            continue;
        }
        const bool is_attached = letter + 1 < word.size();
        if (!is_attached && at + 1 == arguments.size()) {
            break;
        }
        const std::string value = is_attached ? word.substr(letter + 1) : arguments[++at];
        const char option = word[letter];
        if (option == 'D') {
            found.insert(found.end(), {"-D", value});
        } else if ((option == 'c' || option == '-') && names_directory(value)) {
            found.insert(found.end(), {"-c", value});
        }
    }
    return found;
}

}  // namespace citus_init::render
