#include "citus_init/cli/cli.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "citus_init/agent/patroni/group_status.h"
#include "citus_init/base/error.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/version.h"
#include "citus_init/patroni/lifecycle.h"
#include "citus_init/postgres/init_files.h"
#include "citus_init/postgres/lifecycle.h"
#include "citus_init/settings/load.h"
#include "citus_init/settings/reference.h"
#include "citus_init/supervisor/entrypoint/run_server.h"

#include "cli/cluster/operation_grammar.h"
#include "cli/cluster/operation_verbs.h"
#include "cli/grammar.h"
#include "cli/verbs/health_verb.h"
#include "cli/verbs/verbs.h"

namespace citus_init::cli {

namespace {

constexpr int kUsage = static_cast<int>(ExitCode::usage);

// What the options of all verbs are read into, and which verb it was.
struct Request {
    explicit Request(const settings::Environment& ours) : environment(ours) {}

    const settings::Environment& environment;
    std::string output = "text";
    std::int64_t wait_ms = 0;
    std::string word;
    std::string scope = "node";
    bool live = false;
    std::string help;  // of the whole program: once a verb was parsed, CLI11 gives the verb's
    std::vector<std::string> server_arguments;
    std::function<int()> action;
    bool json() const { return output == "json"; }
};

// Where this container's citus-init keeps its state. The settings may not load for whoever asks (a
// secret file that only root can read), so the variable alone will do.
std::string run_directory(const settings::Environment& environment) {
    if (const auto loaded = settings::load_settings(environment, RealFilesystem())) {
        return loaded->settings.supervisor.run_directory;
    }
    const auto variable = environment.find("CITUS_RUN_DIR");
    return variable == environment.end() || variable->second.empty()
               ? settings::SupervisorSettings().run_directory
               : variable->second;
}

void print(const std::string& text) {
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
}

CLI::App* add_verb(CLI::App& app, const char* name, const char* meaning, Request& request,
                   std::function<int()> action) {
    CLI::App* verb = app.add_subcommand(name, meaning);
    verb->callback([&request, action = std::move(action)] { request.action = action; });
    return verb;
}

void add_output(CLI::App& verb, Request& request) {
    verb.add_option("-o,--output", request.output, "text or json")
        ->check(CLI::IsMember({"text", "json"}).description(""))
        ->type_name("FORMAT");
}

void add_configuration_verbs(CLI::App& app, Request& request) {
    add_verb(app, "check",
             "Tell every problem with the configuration (exit 78) or that there is none", request,
             [&request] { return run_check(request.environment, request.server_arguments); });
    add_verb(app, "render", "Print the files that a start would write; changes nothing", request,
             [&request] { return run_render(request.environment, request.server_arguments); });
    CLI::App* explain =
        add_verb(app, "explain", "Show where a PostgreSQL setting comes from, layer by layer",
                 request, [&request] {
                     return run_explain(request.environment, request.word, request.json(),
                                        request.server_arguments);
                 });
    explain->add_option("NAME", request.word, "the setting, e.g. work_mem")->required();
    add_output(*explain, request);
}

HealthScope health_scope(const Request& request) {
    if (request.live) {
        return HealthScope::live;
    }
    if (request.scope == "group") {
        return HealthScope::group;
    }
    return request.scope == "cluster" ? HealthScope::cluster : HealthScope::node;
}

void add_node_verbs(CLI::App& app, Request& request) {
    CLI::App* health = add_verb(
        app, "health", "Tell whether this node is ready (exit 0) and why not (exit 1)", request,
        [&request] {
            return run_health(
                {run_directory(request.environment), std::chrono::milliseconds(request.wait_ms),
                 request.json(), health_scope(request),
                 [&request] { return agent::patroni_trouble(request.environment); },
                 [&request] { return agent::handover_trouble(request.environment); }});
        });
    health->add_flag("--live", request.live,
                     "not whether it is ready, but whether it is neither hung nor failed");
    health
        ->add_option("--scope", request.scope,
                     "node; or group: and, with Patroni, its leader can hand over; or cluster: and "
                     "every worker that is wanted takes part")
        ->check(CLI::IsMember({"node", "group", "cluster"}).description(""))
        ->type_name("SCOPE");
    const std::map<std::string, std::int64_t> units{
        {"ms", 1}, {"s", 1'000}, {"min", 60'000}, {"h", 3'600'000}};
    health->add_option("--wait", request.wait_ms, "wait that long for it, e.g. 60s")
        ->transform(
            CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED).description(""))
        ->type_name("DURATION");
    add_output(*health, request);
    CLI::App* plan =
        add_verb(app, "plan", "Print what the coordinator would do about its workers, and why",
                 request, [&request] { return run_plan(request.environment, request.json()); });
    add_output(*plan, request);
    add_verb(app, "ensure-initdb", "Make the database if there is none, then end", request,
             [&request] {
                 return supervisor::run_initdb_only(request.server_arguments, request.environment,
                                                    supervisor::IfInitialised::succeed);
             });
    add_verb(app, "enforce-initdb", "The same; fail if there is one", request, [&request] {
        return supervisor::run_initdb_only(request.server_arguments, request.environment,
                                           supervisor::IfInitialised::fail);
    });
}

void add_own_verbs(CLI::App& app, Request& request) {
    add_verb(app, "version", "Print the versions of citus-init, PostgreSQL, Citus and libraries",
             request, [&request] { return run_version(request.environment); });
    add_verb(app, "help", "Print this help", request, [&request] {
        print(request.help);
        return 0;
    });
    CLI::App* completion =
        add_verb(app, "completion", "Print a completion script", request, [&request] {
            print(completion_script(*parse_shell(request.word), grammar()));
            return 0;
        });
    completion->add_option("SHELL", request.word, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}).description(""))
        ->type_name("");
    CLI::App* docs = add_verb(app, "docs", "", request, [&request] {
        print(request.word == "settings"    ? settings::reference_markdown()
              : request.word == "lifecycle" ? postgres::lifecycle::mermaid_diagram()
                                            : patroni::lifecycle::mermaid_diagram());
        return 0;
    });
    docs->group("");  // hidden
    add_verb(app, "entrypoint-library", "", request, [] {
        print(std::string(postgres::entrypoint_library()));
        return 0;
    })->group("");  // for docker-entrypoint.sh, which a binary cannot be sourced as
    docs->add_option("PAGE", request.word)
        ->required()
        ->check(CLI::IsMember({"settings", "lifecycle", "member-lifecycle"}).description(""));
}

// `VERB [OPTIONS] [--] [postgres] [SERVER ARGUMENTS]`: the second half is not for CLI11. The
// -initdb verbs have no options of their own, and take the server's as docker-ensure-initdb.sh
// does.
std::vector<std::string> split_off_server_arguments(std::vector<std::string>& words) {
    const bool takes_them_bare =
        !words.empty() && (words.front() == "ensure-initdb" || words.front() == "enforce-initdb") &&
        std::none_of(words.begin(), words.end(),
                     [](const std::string& word) { return word == "--help" || word == "-h"; });
    const auto at = takes_them_bare
                        ? words.begin() + 1
                        : std::find_if(words.begin(), words.end(), [](const std::string& word) {
                              return word == "--" || word == "postgres";
                          });
    std::vector<std::string> rest(at, words.end());
    words.erase(at, words.end());
    for (const char* leading : {"--", "postgres"}) {
        if (!rest.empty() && rest.front() == leading) {
            rest.erase(rest.begin());
        }
    }
    return rest;
}

}  // namespace

int run_verb(const std::vector<std::string>& arguments, const settings::Environment& environment) {
    std::vector<std::string> words = arguments;
    Request request(environment);
    request.server_arguments = split_off_server_arguments(words);
    CLI::App app(
        "Entrypoint and supervisor for PostgreSQL + Citus containers.\n"
        "Without a verb: run the server, or any other command, under supervision.\n"
        "  citus-init [run] [postgres] [ARGUMENTS...]\n"
        "  citus-init [run] COMMAND [ARGUMENTS...]",
        "citus-init");
    app.require_subcommand(1);
    // Without what the parser calls things.
    const auto formatter = std::make_shared<CLI::Formatter>();
    formatter->label("SUBCOMMAND", "VERB");
    formatter->label("Subcommands", "Verbs");
    formatter->label("Subcommand", "Verb");
    formatter->label("REQUIRED", "");
    formatter->label("TEXT", "");
    formatter->column_width(28);
    app.formatter(formatter);
    app.footer(
        "check, render, explain and the -initdb verbs take a server's command line behind `--`.\n"
        "Settings: `man citus-init`.");
    add_configuration_verbs(app, request);
    add_node_verbs(app, request);
    add_operation_verbs(
        app, environment, [&environment] { return run_directory(environment); },
        [&request](std::function<int()> action) { request.action = std::move(action); });
    add_own_verbs(app, request);
    request.help = app.help();
    try {
        // CLI11 takes the words in reverse.
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::CallForHelp& help) {
        return app.exit(help);
    } catch (const CLI::ParseError& error) {
        fmt::print(stderr, "citus-init: exit {} (usage): {}. See `citus-init help`.\n", kUsage,
                   error.what());
        return kUsage;
    }
    return request.action();
}

}  // namespace citus_init::cli
