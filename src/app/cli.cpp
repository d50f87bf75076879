#include "app/cli.h"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "citus_init/base/error.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/version.h"
#include "citus_init/postgres/lifecycle.h"
#include "citus_init/settings/load.h"
#include "citus_init/settings/reference.h"

#include "app/agent.h"
#include "app/grammar.h"
#include "app/health_verb.h"
#include "app/log_relay.h"
#include "app/prepare_node.h"
#include "app/run_server.h"
#include "app/verbs.h"

namespace citus_init::app {

namespace {

constexpr int kUsage = static_cast<int>(ExitCode::usage);

// What the options of all verbs are read into, and which verb it was.
struct Request {
    explicit Request(const settings::Environment& ours) : environment(ours) {}

    const settings::Environment& environment;
    std::string output = "text";
    std::int64_t wait_ms = 0;
    std::string word;
    std::string directory;
    ServerAddress server;
    std::function<int()> action;
    CLI::App* server_arguments = nullptr;  // the verb that takes a server's command line

    bool json() const { return output == "json"; }
    // What follows the verb's own options; a leading `postgres` is the server's name.
    std::vector<std::string> rest() const {
        auto words = server_arguments == nullptr ? std::vector<std::string>()
                                                 : server_arguments->remaining();
        if (!words.empty() && words.front() == "--") {
            words.erase(words.begin());
        }
        if (!words.empty() && words.front() == "postgres") {
            words.erase(words.begin());
        }
        return words;
    }
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
    std::fwrite(text.data(), 1, text.size(), stdout);
}

CLI::App* add_verb(CLI::App& app, const char* name, const char* meaning, Request& request,
                   std::function<int()> action) {
    CLI::App* verb = app.add_subcommand(name, meaning);
    verb->callback([&request, action = std::move(action)] { request.action = action; });
    return verb;
}

void add_output(CLI::App& verb, Request& request) {
    verb.add_option("-o,--output", request.output, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
}

CLI::App* taking_server_arguments(CLI::App* verb, Request& request) {
    verb->prefix_command();
    verb->preparse_callback([&request, verb](std::size_t) { request.server_arguments = verb; });
    return verb;
}

void add_configuration_verbs(CLI::App& app, Request& request) {
    taking_server_arguments(
        add_verb(app, "check",
                 "Tell every problem with the configuration (exit 78) or that there is none",
                 request, [&request] { return run_check(request.environment, request.rest()); }),
        request);
    taking_server_arguments(
        add_verb(app, "render", "Print the files that a start would write; changes nothing",
                 request, [&request] { return run_render(request.environment, request.rest()); }),
        request);
    CLI::App* explain = add_verb(
        app, "explain", "Show where a PostgreSQL setting comes from, layer by layer", request,
        [&request] {
            return run_explain(request.environment, request.word, request.json(), request.rest());
        });
    explain->add_option("NAME", request.word, "the setting, e.g. work_mem")->required();
    add_output(*explain, request);
    taking_server_arguments(explain, request);
}

void add_node_verbs(CLI::App& app, Request& request) {
    CLI::App* health = add_verb(
        app, "health", "Tell whether this node is ready (exit 0) and why not (exit 1)", request,
        [&request] {
            return run_health({run_directory(request.environment),
                               std::chrono::milliseconds(request.wait_ms), request.json()});
        });
    const std::map<std::string, std::int64_t> units{
        {"ms", 1}, {"s", 1'000}, {"min", 60'000}, {"h", 3'600'000}};
    health->add_option("--wait", request.wait_ms, "wait that long for it, e.g. 60s")
        ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED, "DURATION"));
    add_output(*health, request);
    taking_server_arguments(
        add_verb(app, "ensure-initdb", "Make the database if there is none, then end", request,
                 [&request] {
                     return run_initdb_only(request.rest(), request.environment,
                                            IfInitialised::succeed);
                 }),
        request);
    taking_server_arguments(
        add_verb(app, "enforce-initdb", "The same; fail if there is one", request,
                 [&request] {
                     return run_initdb_only(request.rest(), request.environment,
                                            IfInitialised::fail);
                 }),
        request);
}

void add_own_verbs(CLI::App& app, Request& request) {
    add_verb(app, "version", "Print the version of citus-init", request, [] {
        print(fmt::format("citus-init {}\n", version()));
        return 0;
    });
    add_verb(app, "help", "Print this help", request, [&app] {
        print(app.help());
        return 0;
    });
    CLI::App* completion =
        add_verb(app, "completion", "Print a completion script", request, [&request] {
            print(completion_script(*parse_shell(request.word), grammar()));
            return 0;
        });
    completion->add_option("SHELL", request.word, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    CLI::App* docs = add_verb(app, "docs", "", request, [&request] {
        print(request.word == "settings" ? settings::reference_markdown()
                                         : postgres::lifecycle::mermaid_diagram());
        return 0;
    });
    docs->group("");  // hidden
    docs->add_option("PAGE", request.word)
        ->required()
        ->check(CLI::IsMember({"settings", "lifecycle"}));
}

// What PID 1 starts as its children.
void add_hidden_verbs(CLI::App& app, Request& request) {
    const auto hidden = [&](const char* name, std::function<int()> action) {
        CLI::App* verb = add_verb(app, name, "", request, std::move(action));
        verb->group("");
        return verb;
    };
    const auto server_address = [&request](CLI::App* verb) {
        verb->add_option("--socket-dir", request.server.socket_directory)->required();
        verb->add_option("--port", request.server.port)->required();
    };
    server_address(hidden("agent", [&request] { return run_agent(request.server); }));
    server_address(hidden("prepare-node", [&request] { return run_prepare_node(request.server); }));
    CLI::App* certificate = hidden("make-certificate", [&request] {
        return run_make_certificate(request.directory, request.word);
    });
    certificate->add_option("DIRECTORY", request.directory)->required();
    certificate->add_option("NAME", request.word)->required();
    hidden("relay-log", [&request] { return run_relay_log(request.word); })
        ->add_option("MODE", request.word)
        ->required();
    taking_server_arguments(hidden("validate", [&request] { return run_validate(request.rest()); }),
                            request);
}

}  // namespace

int run_verb(const std::vector<std::string>& arguments, const settings::Environment& environment) {
    Request request(environment);
    CLI::App app(
        "Entrypoint and supervisor for PostgreSQL + Citus containers.\n"
        "Without a verb: run the server, or any other command, under supervision.\n"
        "  citus-init [run] [postgres] [ARGUMENTS...]\n"
        "  citus-init [run] COMMAND [ARGUMENTS...]",
        "citus-init");
    app.require_subcommand(1);
    app.footer("Settings: docs/settings.md, or `man citus-init`.");
    add_configuration_verbs(app, request);
    add_node_verbs(app, request);
    add_own_verbs(app, request);
    add_hidden_verbs(app, request);
    try {
        // CLI11 takes the words in reverse.
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::CallForHelp& help) {
        return app.exit(help);
    } catch (const CLI::ParseError& error) {
        fmt::print(stderr, "citus-init: exit {} (usage): {}. See `citus-init help`.\n", kUsage,
                   error.what());
        return kUsage;
    }
    return request.action();
}

}  // namespace citus_init::app
