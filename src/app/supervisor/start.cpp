#include "app/supervisor/start.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <fmt/core.h>

#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/postgres/data_directory.h"
#include "citus_init/postgres/directories.h"
#include "citus_init/postgres/init_files.h"
#include "citus_init/postgres/initdb.h"
#include "citus_init/process/identity.h"
#include "citus_init/process/out_of_memory.h"

#include "app/guc_findings.h"
#include "app/high_availability.h"
#include "app/node_name.h"
#include "app/problems.h"
#include "app/supervisor/bootstrap.h"
#include "app/supervisor/configuration.h"
#include "app/supervisor/lock_files.h"
#include "app/supervisor/server_version.h"
#include "app/supervisor/slot.h"

namespace citus_init::app {

namespace {

constexpr const char* kSocketDirectory = "/var/run/postgresql";

Status find_server(Node& node) {
    const RealFilesystem files;
    const char* path = std::getenv("PATH");
    auto bin =
        server_bin_directory(node.settings.postgres.bin_directory, path == nullptr ? "" : path);
    if (!bin) {
        return fail(bin.error());
    }
    node.bin_directory = std::move(*bin);
    auto major = server_major_version(node.bin_directory, node.settings.postgres.major_version);
    if (!major) {
        return fail(major.error());
    }
    node.postgres_major = *major;
    if (node.settings.citus.enable) {
        auto citus = citus::find_citus(files, node.bin_directory, node.postgres_major);
        if (!citus) {
            return fail(citus.error());
        }
        node.citus = std::move(*citus);
    }
    return {};
}

Status make_wal_directory(const Node& node, uid_t owner) {
    const std::string& path = node.settings.postgres.initdb_waldir;
    return path.empty() ? Status() : postgres::make_wal_directory(path, node.data_directory, owner);
}

// Before the step-down, which closes /proc/self to us.
void arrange_for_little_memory(Node& node) {
    if (const auto scores = process::adjust_out_of_memory_score()) {
        node.out_of_memory_environment = scores->postmaster_environment();
    }
    if (process::killed_as_a_group()) {
        log::warning(
            "this container is killed as a whole when memory runs out (memory.oom.group): "
            "one greedy query ends every connection");
    }
}

// As root: gives the server's user what has to be its own, then becomes that user.
Status step_down(Node& node) {
    auto user = process::find_user("postgres");
    if (!user) {
        return fail(user.error());
    }
    if (!*user) {
        return fail(ExitCode::config,
                    "there is no user \"postgres\" to run the server as. Make it in "
                    "the image, or start the container with --user.");
    }
    for (const std::string& path : {node.data_directory, std::string(kSocketDirectory)}) {
        if (auto walk = postgres::take_ownership(path, (*user)->uid); !walk) {
            return fail(walk.error());
        }
    }
    CITUS_INIT_TRY(make_wal_directory(node, (*user)->uid));
    arrange_for_little_memory(node);
    CITUS_INIT_TRY(process::step_down(**user));
    node.environment["HOME"] = (*user)->home;
    return {};
}

Status make_directories(Node& node) {
    CITUS_INIT_TRY(postgres::make_data_directory(node.data_directory));
    if (const std::string why = postgres::make_socket_directory(kSocketDirectory); !why.empty()) {
        log::debug("{}", why);
    }
    if (::geteuid() == 0) {
        CITUS_INIT_TRY(step_down(node));
    } else {
        CITUS_INIT_TRY(make_wal_directory(node, ::geteuid()));
        arrange_for_little_memory(node);
        process::forbid_inspection();
    }
    postgres::fix_data_directory_mode(node.data_directory);
    return {};
}

Status lock(Node& node) {
    if (node.lock.descriptor) {
        return {};  // a slot is locked by being taken
    }
    auto locked = postgres::lock_data_directory(node.data_directory);
    if (!locked) {
        return fail(locked.error());
    }
    if (locked->not_locked) {
        log::warning("{}: two containers on this data directory would not be noticed",
                     *locked->not_locked);
    }
    node.lock = std::move(*locked);
    return {};
}

void warn_of_trust(const Node& node) {
    if (node.settings.postgres.host_auth_method == "trust") {
        log::warning(
            "POSTGRES_HOST_AUTH_METHOD is \"trust\": anybody who reaches the port is "
            "superuser without a password. Not for production.");
    }
}

Status check_marker(Node& node) {
    auto marker = postgres::read_node_marker(RealFilesystem(), node.data_directory);
    if (!marker) {
        return fail(marker.error());
    }
    if (!*marker) {
        return {};
    }
    node.marker = **marker;
    node.marker_on_disk = **marker;
    return postgres::check_node_marker(node.marker,
                                       {.citus_enable = node.settings.citus.enable,
                                        .allow_disable = node.settings.citus.allow_disable,
                                        .role = node.role_word(),
                                        .library_version = node.citus.default_version.text()},
                                       node.data_directory);
}

// Only the WAL directory that the marker names is known to hold nothing but this bootstrap's WAL:
// the setting may have been changed to one that belongs to a whole cluster.
Status discard_half_made(const Node& node, const postgres::HalfMadeCluster& half_made) {
    log::warning("\"{}\" holds a bootstrap that did not come to its end: made anew",
                 node.data_directory);
    return postgres::discard_bootstrap(
        node.data_directory, half_made.marker ? half_made.marker->wal_directory : std::string());
}

Status check_place_for_a_cluster(const Node& node) {
    constexpr std::uint64_t kRoomForACluster = 64ULL << 20U;  // initdb's 39 MB and some WAL
    CITUS_INIT_TRY(postgres::check_owner(node.data_directory));
    CITUS_INIT_TRY(postgres::check_room(node.data_directory, kRoomForACluster));
    const std::string& wal_directory = node.settings.postgres.initdb_waldir;
    return wal_directory.empty() ? Status() : postgres::check_wal_directory_is_empty(wal_directory);
}

Status plan_bootstrap(Node& node, const postgres::DataDirectoryContent& content) {
    const RealFilesystem files;
    CITUS_INIT_TRY(postgres::check_initdb_arguments(node.settings.postgres.initdb_args));
    CITUS_INIT_TRY(postgres::check_older_layouts(files, node.data_directory, node.postgres_major,
                                                 files.read("/proc/self/mountinfo").value_or("")));
    if (const auto problem = settings::check_bootstrap_password(node.settings)) {
        return fail(ExitCode::config, problem->text());
    }
    if (const auto* half_made = std::get_if<postgres::HalfMadeCluster>(&content)) {
        CITUS_INIT_TRY(discard_half_made(node, *half_made));
    }
    CITUS_INIT_TRY(check_place_for_a_cluster(node));
    const auto scripts = postgres::has_init_files(files, postgres::kInitFilesDirectory);
    if (!scripts) {
        return fail(scripts.error());
    }
    warn_of_trust(node);
    node.plan.bootstrap = true;
    node.plan.init_scripts = *scripts;
    node.bootstrapped = true;
    return {};
}

Status make_plan(Node& node) {
    auto content = postgres::inspect_data_directory(RealFilesystem(), node.data_directory);
    if (!content) {
        return fail(content.error());
    }
    const auto action =
        postgres::decide_start(*content, node.data_directory,
                               {node.postgres_major, node.settings.supervisor.bootstrap_redo});
    if (!action) {
        return fail(action.error());
    }
    switch (*action) {
        case postgres::StartAction::initialise:
        case postgres::StartAction::redo_bootstrap:
            CITUS_INIT_TRY(plan_bootstrap(node, *content));
            break;
        case postgres::StartAction::start_existing:
            // The official sentence, on stdout as there: tools look for it.
            fmt::print(
                "\nPostgreSQL Database directory appears to contain a database; Skipping "
                "initialization\n\n");
            static_cast<void>(std::fflush(stdout));
            CITUS_INIT_TRY(check_marker(node));
            break;
    }
    plan_configuration(node);
    return {};
}

Status take_arguments(Node& node, const std::vector<std::string>& server_arguments) {
    auto arguments = render::parse_server_arguments(server_arguments, node.data_directory,
                                                    std::filesystem::current_path().string());
    if (!arguments) {
        return fail(as_error(arguments.error()));
    }
    node.arguments = std::move(*arguments);
    node.given_arguments = server_arguments;
    return {};
}

Result<Node> read_settings(const std::vector<std::string>& server_arguments,
                           const settings::Environment& environment) {
    auto loaded = settings::load_settings(environment, RealFilesystem());
    if (!loaded) {
        return fail(as_error(with_hidden_problems(loaded.error(), environment, server_arguments)));
    }
    Node node;
    node.settings = std::move(loaded->settings);
    node.environment = std::move(loaded->resolved);
    node.data_directory = node.settings.postgres.data_directory;
    node.node_name = node_name(node.settings.citus);
    node.program = "/proc/self/exe";
    log::configure({node.settings.supervisor.log_level, node.settings.supervisor.log_format,
                    node.settings.citus.enable ? node.node_name : ""});
    for (const auto& warning : loaded->warnings) {
        log::warning("{}", warning.text());
    }
    if (const auto refused = refuse_patroni(node.settings)) {
        return fail(ExitCode::config, refused->text());
    }
    return node;
}

}  // namespace

std::string Node::role_word() const {
    if (!settings.citus.enable) {
        return "";
    }
    return settings.citus.role == settings::Role::worker ? "worker" : "coordinator";
}

Result<Node> start_node(const std::vector<std::string>& server_arguments,
                        const settings::Environment& environment) {
    auto read = read_settings(server_arguments, environment);
    if (!read) {
        return fail(read.error());
    }
    Node node = std::move(*read);
    if (node.settings.supervisor.data_slots) {
        CITUS_INIT_TRY(take_slot(node));
    }
    CITUS_INIT_TRY(take_arguments(node, server_arguments));
    CITUS_INIT_TRY(find_server(node));
    CITUS_INIT_TRY(check_configuration(node));
    CITUS_INIT_TRY(make_directories(node));
    CITUS_INIT_TRY(lock(node));
    wait_out_empty_lock_files(node);
    CITUS_INIT_TRY(make_plan(node));
    return node;
}

}  // namespace citus_init::app
