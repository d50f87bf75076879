#include "citus_init/cli/command_line.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include <fmt/core.h>

#include "citus_init/base/error.h"
#include "citus_init/base/text.h"

#include "cli/parser.h"
#include "cli/verb_table.h"

namespace citus_init::cli {

namespace {

bool asks_for_help(const std::vector<std::string>& arguments) {
    constexpr std::array<std::string_view, 5> kOptions = {"-?", "--help", "--describe-config", "-V",
                                                          "--version"};
    return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
        return std::find(kOptions.begin(), kOptions.end(), argument) != kOptions.end();
    });
}

bool named_like_the_official_entrypoint(const std::string& program) {
    return program.substr(program.find_last_of('/') + 1) == "docker-entrypoint.sh";
}

Invocation server_or_command(std::vector<std::string> rest) {
    const bool dash = !rest.empty() && !rest.front().empty() && rest.front().front() == '-';
    if (rest.empty() || dash) {
        rest.insert(rest.begin(), "postgres");
    }
    if (rest.front() != "postgres" || asks_for_help(rest)) {
        return RunCommand{std::move(rest)};
    }
    rest.erase(rest.begin());
    return RunServer{std::move(rest)};
}

}  // namespace

std::optional<std::string> nearest_verb(const std::string& word) {
    std::vector<std::string> of_users;
    for (const Verb& verb : verb_table()) {
        if (verb.audience == Audience::users) {
            of_users.emplace_back(verb.name);
        }
    }
    return nearest(word, of_users);
}

std::string hint_for(const RunCommand& command) {
    const auto near =
        command.arguments.empty() ? std::nullopt : nearest_verb(command.arguments.front());
    return near ? fmt::format(". Did you mean the verb {}? See `citus-init help`", *near) : "";
}

Invocation parse_command_line(const std::vector<std::string>& arguments) {
    std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
    const bool official = named_like_the_official_entrypoint(arguments.front());
    const auto drop_first_if = [&rest](std::string_view word) {
        const bool there = !rest.empty() && rest.front() == word;
        if (there) {
            rest.erase(rest.begin());
        }
        return there;
    };
    const bool run = drop_first_if("run");
    if (drop_first_if("--") || run || official) {
        drop_first_if("--");
        return server_or_command(std::move(rest));
    }
    // Ours: the server's is under `postgres --help`.
    if (!rest.empty() && (rest.front() == "--help" || (rest.front() == "-h" && rest.size() == 1))) {
        return RunVerb{{"help"}};
    }
    if (!rest.empty() && find_verb(rest.front()) != nullptr) {
        return RunVerb{std::move(rest)};
    }
    return server_or_command(std::move(rest));
}

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
