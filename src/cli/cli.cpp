#include "citus_init/cli/cli.h"

#include <cstdio>

#include <fmt/core.h>

#include "citus_init/base/error.h"

#include "cli/parser.h"
#include "cli/verb_table.h"

namespace citus_init::cli {

int run_verb(const std::vector<std::string>& arguments, const settings::Environment& environment) {
    const Verb& verb = *find_verb(arguments.front());
    const auto parsed =
        parse_arguments(verb, {arguments.begin() + 1, arguments.end()}, environment);
    if (parsed) {
        return verb.run(*parsed);
    }
    if (parsed.error().is_help) {
        fmt::print("{}", parsed.error().text);
        return 0;
    }
    constexpr int kUsage = static_cast<int>(ExitCode::usage);
    fmt::print(stderr, "citus-init: exit {} (usage): {}. See `citus-init {} --help`.\n", kUsage,
               parsed.error().text, verb.name);
    return kUsage;
}

}  // namespace citus_init::cli
