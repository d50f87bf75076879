#include "cli/verb_table.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include <fmt/core.h>

#include "citus_init/agent/member/group_status.h"
#include "citus_init/agent/member/wait_for_dcs.h"
#include "citus_init/agent/prepare_node.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/cluster_template/make_cluster.h"
#include "citus_init/cluster_template/make_template.h"
#include "citus_init/cluster_template/prepare_cluster.h"
#include "citus_init/doctor/checks.h"
#include "citus_init/ha/patroni/lifecycle.h"
#include "citus_init/metrics/metric.h"
#include "citus_init/postgres/init_files.h"
#include "citus_init/postgres/lifecycle.h"
#include "citus_init/repository_host/repository_host.h"
#include "citus_init/restore/restore_data_directory.h"
#include "citus_init/restore/restore_replica.h"
#include "citus_init/settings/load.h"
#include "citus_init/settings/reference.h"
#include "citus_init/supervisor/entrypoint/run_server.h"
#include "citus_init/supervisor/log_relay.h"
#include "citus_init/supervisor/patroni/callback.h"
#include "citus_init/upgrade/upgrade_data_directory.h"
#include "citus_init/web/http_program.h"

#include "cli/backup/backup_verbs.h"
#include "cli/cluster/operation_verbs.h"
#include "cli/completion.h"
#include "cli/parser.h"
#include "cli/run_agent.h"
#include "cli/top/verb_top.h"
#include "cli/verbs/health_verb.h"
#include "cli/verbs/verbs.h"

namespace citus_init::cli {

namespace {

// --- Options that several verbs have ---

Option text_or_json() {
    return {"--output", 'o', "text or json", {ValueKind::choice, "FORMAT", {"text", "json"}}};
}

Option table_or_json() {
    return {"--output", 'o', "table or json", {ValueKind::choice, "FORMAT", {"table", "json"}}};
}

std::vector<Option> listing_options() {
    return {table_or_json(), {"--watch", 'w', "again every 2 s", {}}};
}

Option transfer_mode() {
    return {"--mode",
            0,
            "how shards are copied: auto, force_logical, block_writes",
            {ValueKind::choice, "MODE", {"auto", "force_logical", "block_writes"}}};
}

Option detach() {
    return {"--detach", 0, "start the moves, and do not watch them", {}};
}

Option wait(std::string_view meaning) {
    return {"--wait", 0, meaning, {ValueKind::duration, "DURATION", {}}};
}

Operand node_operand() {
    return {"host, or host:port, as `nodes` shows it", {ValueKind::text, "NODE", {}}};
}

bool wants_json(const Arguments& arguments) {
    return arguments.text("--output") == "json";
}

ListingOptions listing(const Arguments& arguments) {
    return {wants_json(arguments), arguments.has("--watch")};
}

MoveVerbOptions moves(const Arguments& arguments) {
    const std::string mode = arguments.text("--mode");
    return {mode == "force_logical"  ? citus::TransferMode::force_logical
            : mode == "block_writes" ? citus::TransferMode::block_writes
                                     : citus::TransferMode::automatic,
            arguments.has("--detach")};
}

// --- What the verbs run ---

// Whether only the settings as a whole say where the state is: a YAML file, a file for the
// variable.
bool needs_settings(const settings::Environment& environment) {
    constexpr std::array kNames{"CITUS_RUN_DIR_FILE", "CITUS_CONFIG_PATH",
                                "CITUS_CONFIG_PATH_FILE"};
    return RealFilesystem().exists(settings::kDefaultYamlPath) ||
           std::any_of(kNames.begin(), kNames.end(),
                       [&](const char* name) { return environment.contains(name); });
}

// Where this container's citus-init keeps its state. A health check runs each few seconds, so all
// settings are loaded only where nothing less will do; and where they do not load for whoever asks
// (a secret file that only root can read), the default has to.
std::string run_directory(const settings::Environment& environment) {
    const auto variable = environment.find("CITUS_RUN_DIR");
    if (variable != environment.end() && !variable->second.empty()) {
        return variable->second;
    }
    if (needs_settings(environment)) {
        if (const auto loaded = settings::load_settings(environment, RealFilesystem())) {
            return loaded->settings.supervisor.run_directory;
        }
    }
    return settings::SupervisorSettings().run_directory;
}

int print(const std::string& text) {
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
    return 0;
}

int check(const Arguments& arguments) {
    return run_check(arguments.environment, arguments.server_arguments);
}

int render(const Arguments& arguments) {
    return run_render(arguments.environment, arguments.server_arguments);
}

int explain(const Arguments& arguments) {
    return run_explain(arguments.environment, arguments.text("NAME"), wants_json(arguments),
                       arguments.server_arguments);
}

// Waits until `deadline` for a repository host to be ready, or to be there: a container that begins
// has neither its state nor a node's. None: it is no repository host.
std::optional<int> repository_host_health(const Arguments& arguments,
                                          std::chrono::steady_clock::time_point deadline) {
    using std::chrono::steady_clock;
    const std::string directory = run_directory(arguments.environment);
    for (;;) {
        const auto health = repository_host::read_host_health(directory);
        const bool is_over = steady_clock::now() >= deadline;
        if (!health && (is_over || RealFilesystem().exists(status::state_path(directory)))) {
            return std::nullopt;
        }
        if (health && (health->is_ready || is_over)) {
            print(wants_json(arguments)
                      ? fmt::format("{{\"repository_host\": true, \"ready\": {}}}\n",
                                    health->is_ready)
                      : health->text + "\n");
            return health->is_ready ? 0 : 1;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(health ? 500 : 50));
    }
}

int repository_host_verb(const Arguments& arguments) {
    return repository_host::run_repository_host(arguments.environment);
}

int health(const Arguments& arguments) {
    const std::string scope = arguments.text("--scope");
    const auto& environment = arguments.environment;
    using std::chrono::steady_clock;
    const auto deadline =
        steady_clock::now() + arguments.duration("--wait", std::chrono::milliseconds(0));
    if (const auto code = repository_host_health(arguments, deadline)) {
        return *code;
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_clock::now());
    return run_health({run_directory(environment), std::max(left, std::chrono::milliseconds(0)),
                       wants_json(arguments),
                       arguments.has("--live") ? HealthScope::live
                       : scope == "group"      ? HealthScope::group
                       : scope == "cluster"    ? HealthScope::cluster
                                               : HealthScope::node,
                       [&environment] { return agent::manager_trouble(environment); },
                       [&environment] { return agent::handover_trouble(environment); }});
}

int ensure_initdb(const Arguments& arguments) {
    return supervisor::run_initdb_only(arguments.server_arguments, arguments.environment,
                                       supervisor::IfInitialised::succeed);
}

int enforce_initdb(const Arguments& arguments) {
    return supervisor::run_initdb_only(arguments.server_arguments, arguments.environment,
                                       supervisor::IfInitialised::fail);
}

int status(const Arguments& arguments) {
    return run_status(arguments.environment, run_directory(arguments.environment),
                      listing(arguments));
}

int nodes(const Arguments& arguments) {
    return run_nodes(arguments.environment, listing(arguments));
}

int top(const Arguments& arguments) {
    return run_top(arguments.environment, run_directory(arguments.environment));
}

int plan(const Arguments& arguments) {
    return run_plan(arguments.environment, wants_json(arguments));
}

int rebalance(const Arguments& arguments) {
    return arguments.has("--stop") ? run_stop_moves(arguments.environment)
                                   : run_rebalance(arguments.environment, moves(arguments));
}

int scale(const Arguments& arguments) {
    return run_scale(arguments.environment, arguments.count("WORKERS"),
                     arguments.duration("--wait", std::chrono::minutes(5)), moves(arguments));
}

int drain(const Arguments& arguments) {
    return arguments.has("--undo")
               ? run_undo_drain(arguments.environment, arguments.text("NODE"))
               : run_drain(arguments.environment, arguments.text("NODE"), moves(arguments));
}

int remove(const Arguments& arguments) {
    return run_remove(arguments.environment, arguments.text("NODE"), moves(arguments));
}

int backup_verb(const Arguments& arguments) {
    const std::string type = arguments.text("--type");
    return run_backup(arguments.environment, {type.empty() ? "incr" : type,
                                              arguments.text("--name"), wants_json(arguments)});
}

int restore_point(const Arguments& arguments) {
    return run_restore_point(arguments.environment,
                             {"", arguments.text("NAME"), wants_json(arguments)});
}

int backups(const Arguments& arguments) {
    return run_backups(arguments.environment, {wants_json(arguments), arguments.has("--all")});
}

int restore_verb(const Arguments& arguments) {
    return run_restore(arguments.environment, {arguments.text("POINT"), arguments.has("--yes"),
                                               arguments.has("--detach")});
}

int doctor_verb(const Arguments& arguments) {
    return run_doctor(arguments.environment, {wants_json(arguments), arguments.has("--fix"),
                                              arguments.has("--yes"), arguments.text("--check")});
}

int make_template(const Arguments& arguments) {
    return cluster_template::run_make_template(arguments.environment,
                                               arguments.text("--directory"));
}

int version(const Arguments& arguments) {
    return run_version(arguments.environment);
}

int help(const Arguments& /*arguments*/) {
    return print(help_text(verb_table()));
}

int completion(const Arguments& arguments) {
    return print(completion_script(*parse_shell(arguments.text("SHELL")), verb_table()));
}

int docs(const Arguments& arguments) {
    const std::string page = arguments.text("PAGE");
    if (page == "settings") {
        return print(settings::reference_markdown());
    }
    if (page == "metrics") {
        return print(metrics::reference_markdown());
    }
    if (page == "doctor") {
        return print(doctor::reference_markdown());
    }
    return print(page == "lifecycle" ? postgres::lifecycle::mermaid_diagram()
                                     : patroni::lifecycle::mermaid_diagram());
}

// For docker-entrypoint.sh: a binary cannot be sourced.
int entrypoint_library(const Arguments& /*arguments*/) {
    return print(std::string(postgres::entrypoint_library()));
}

// --- The rows, in the order of help ---

std::vector<Verb> node_verbs() {
    constexpr auto kBehindDashes = ServerArguments::behind_dashes;
    const Operand name{"the setting, e.g. work_mem", {ValueKind::text, "NAME", {}}};
    const Option live{
        "--live", 0, "not whether it is ready, but whether it is neither hung nor failed", {}};
    const Option scope{"--scope",
                       0,
                       "node; or group: and, with Patroni, its leader can hand over; or cluster: "
                       "and every desired worker takes part",
                       {ValueKind::choice, "SCOPE", {"node", "group", "cluster"}}};
    return {
        {"run", "Run the server, or a command, under supervision: the default", nullptr},
        {"check",
         "Report every problem with the configuration (exit 78), or that it has none",
         check,
         {},
         {},
         kBehindDashes},
        {"render",
         "Print the files that a start would write; changes nothing",
         render,
         {},
         {},
         kBehindDashes},
        {"explain",
         "Show where a PostgreSQL setting comes from, layer by layer",
         explain,
         {name},
         {text_or_json()},
         kBehindDashes},
        {"health",
         "Report whether this node is ready (exit 0), or why not (exit 1)",
         health,
         {},
         {live, scope, wait("wait that long for it, e.g. 60s"), text_or_json()}},
        {"ensure-initdb",
         "Initialize an empty data directory, then end",
         ensure_initdb,
         {},
         {},
         ServerArguments::bare},
        {"enforce-initdb",
         "The same; fail with a database in it",
         enforce_initdb,
         {},
         {},
         ServerArguments::bare},
    };
}

std::vector<Verb> cluster_verbs() {
    const Operand workers{"how many workers there are to be", {ValueKind::count, "WORKERS", {}}};
    const Option stop{"--stop", 0, "end the moves that run", {}};
    const Option fix{"--fix", 0, "run what is safe, after a list and a question", {}};
    const Option yes{"--yes", 0, "run it without the question", {}};
    const Option check{
        "--check", 0, "these checks only, with commas between", {ValueKind::text, "CHECK", {}}};
    const Option undo{"--undo", 0, "let the node have shards again", {}};
    return {
        {"status",
         "Report this node's health, the cluster's nodes and running moves",
         status,
         {},
         listing_options()},
        {"nodes",
         "List the nodes of the cluster, with their shards and sizes",
         nodes,
         {},
         listing_options()},
        {"top", "Show the node and its cluster live, until q is typed", top},
        {"doctor",
         "Compare all nodes, and report what will hurt (exit 1, 2)",
         doctor_verb,
         {},
         {table_or_json(), check, fix, yes}},
        {"plan",
         "Print what the coordinator would do about its workers, and why",
         plan,
         {},
         {text_or_json()}},
        {"rebalance",
         "Spread the shards evenly, online and in the background",
         rebalance,
         {},
         {transfer_mode(), detach(), stop}},
        {"scale",
         "Wait until so many workers are in the cluster, then rebalance",
         scale,
         {workers},
         {wait("wait that long for them, e.g. 5min"), transfer_mode(), detach()}},
        {"drain",
         "Move every shard off a node, and keep new ones away from it",
         drain,
         {node_operand()},
         {transfer_mode(), detach(), undo}},
        {"remove",
         "Drain a node, then take it out of the cluster for good",
         remove,
         {node_operand()},
         {transfer_mode()}},
    };
}

std::vector<Verb> backup_verbs() {
    const Operand name{"the point's name; without it one of the cluster's name and the time",
                       {ValueKind::text, "NAME", {}},
                       true};
    const Option type{"--type",
                      0,
                      "what is copied: all, what is new since the last full one, or since the last",
                      {ValueKind::choice, "TYPE", {"full", "diff", "incr"}}};
    const Option point{"--name", 0, "the restore point's name", {ValueKind::text, "NAME", {}}};
    const Operand restored{"a restore point that `backups` lists, or latest",
                           {ValueKind::text, "POINT", {}}};
    const Option yes{"--yes", 0, "run it without the question", {}};
    const Option detach_restore{"--detach", 0, "do not wait until clients are served again", {}};
    const Option all{"--all", 0, "all restore points, not the newest 50", {}};
    return {
        {"backup",
         "Back up all groups of the cluster, to one restore point",
         backup_verb,
         {},
         {type, point, text_or_json()}},
        {"restore-point",
         "Make a point that the cluster can be restored to",
         restore_point,
         {name},
         {text_or_json()}},
        {"restore",
         "Restore every node of the cluster in its place, to one point",
         restore_verb,
         {restored},
         {yes, detach_restore}},
        {"backups",
         "List restore points and base backups of the repository",
         backups,
         {},
         {all, table_or_json()}},
        {"repository-host", "Serve a pgBackRest repository to the nodes of a cluster",
         repository_host_verb},
    };
}

std::vector<Verb> own_verbs() {
    const Operand shell{"bash, zsh or fish", {ValueKind::choice, "SHELL", {"bash", "zsh", "fish"}}};
    const Operand page{"which",
                       {ValueKind::choice,
                        "PAGE",
                        {"settings", "metrics", "doctor", "lifecycle", "member-lifecycle"}}};
    const Option directory{
        "--directory", 0, "in place of CITUS_TEMPLATE_DIR", {ValueKind::text, "DIRECTORY", {}}};
    constexpr auto kNone = ServerArguments::none;
    return {
        {"make-template",
         "Prepare a cluster that first starts copy: when an image is built",
         make_template,
         {},
         {directory}},
        {"version", "Print the versions of citus-init, PostgreSQL, Citus and libraries", version},
        {"help", "Print this help", help},
        {"completion", "Print a completion script", completion, {shell}},
        {"docs",
         "Print a page that is made from the code",
         docs,
         {page},
         {},
         kNone,
         Audience::scripts},
        {"entrypoint-library",
         "Print the functions that init scripts may call",
         entrypoint_library,
         {},
         {},
         kNone,
         Audience::scripts},
    };
}

// What PID 1 starts of its own binary. The words are not parsed here.
template <int (*program)(const std::vector<std::string>&)>
Verb child(std::string_view name, std::string_view meaning) {
    return {name,
            meaning,
            [](const Arguments& arguments) { return program(arguments.words); },
            {},
            {},
            ServerArguments::none,
            Audience::child};
}

std::vector<Verb> child_verbs() {
    return {
        child<run_agent>("agent", "Maintain the node and the cluster, beside the server"),
        child<agent::run_prepare_node>("prepare-node", "Prepare a new server for Citus"),
        child<supervisor::run_callback>("callback", "Report a callback of Patroni to PID 1"),
        child<supervisor::run_relay_log>("relay-log", "Pass the server's log on"),
        child<cluster_template::run_make_cluster>(
            "make-cluster", "Make a first start's cluster, by the template or by initdb"),
        child<cluster_template::run_prepare_cluster>(
            "prepare-cluster", "Prepare a first start's cluster without a server"),
        child<run_make_certificate>("make-certificate", "Issue the node's certificate"),
        child<agent::run_wait_for_dcs>("wait-for-dcs", "Wait until etcd answers"),
        child<upgrade::run_upgrade_data_directory>(
            "upgrade-data-directory", "Bring the data directory to the server's major version"),
        child<restore::run_restore_data_directory>("restore-data-directory",
                                                   "Fill the data directory from the repository"),
        child<restore::run_restore_replica>("restore-replica",
                                            "Make a replica from the repository, for Patroni"),
        child<web::run_http>("http", "Serve probes and metrics"),
        child<run_validate>("validate", "Ask the server's program about the configuration"),
        child<run_sync_data_directory>("sync-data-directory", "Write a new data directory to disk"),
    };
}

}  // namespace

const std::vector<Verb>& verb_table() {
    static const std::vector<Verb> table = [] {
        std::vector<Verb> all;
        for (auto&& part :
             {node_verbs(), cluster_verbs(), backup_verbs(), own_verbs(), child_verbs()}) {
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }();
    return table;
}

const Verb* find_verb(std::string_view name) {
    const auto& table = verb_table();
    const auto verb =
        std::find_if(table.begin(), table.end(), [&](const Verb& row) { return row.name == name; });
    return verb == table.end() ? nullptr : &*verb;
}

}  // namespace citus_init::cli
