#include "app/start.h"

#include <unistd.h>

#include <array>
#include <cstdlib>

#include <fmt/core.h>

#include "app/configuration.h"
#include "app/server_version.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"
#include "citus_init/postgres/data_directory.h"
#include "citus_init/postgres/directories.h"
#include "citus_init/postgres/installation.h"
#include "citus_init/process/identity.h"
#include "citus_init/render/own_files.h"

namespace citus_init::app {

namespace {

constexpr const char* kSocketDirectory = "/var/run/postgresql";
constexpr const char* kInitScripts = "/docker-entrypoint-initdb.d";

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

Error as_error(const std::vector<settings::Problem>& problems) {
    std::string text = problems.size() == 1
                           ? ""
                           : fmt::format("{} problems in the configuration:", problems.size());
    for (const auto& problem : problems) {
        text += (text.empty() ? "" : "\n") + problem.text();
    }
    return Error{ExitCode::config, text};
}

Status find_server(Node& node) {
    const RealFilesystem files;
    const char* path = std::getenv("PATH");
    auto bin = postgres::find_bin_directory(files, node.settings.postgres.bin_directory,
                                            path == nullptr ? "" : path);
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
        auto package = postgres::find_citus_package(files, node.bin_directory, node.postgres_major);
        if (!package) {
            return fail(package.error());
        }
        node.citus_package = std::move(*package);
    }
    return {};
}

// As root: what the server's user has to own; then we are that user.
Status make_directories_and_step_down(Node& node) {
    const auto& postgres = node.settings.postgres;
    CITUS_INIT_TRY(postgres::make_data_directory(node.data_directory));
    const bool root = ::geteuid() == 0;
    if (const std::string why = postgres::make_socket_directory(kSocketDirectory); !why.empty()) {
        log::debug("{}", why);
    }
    uid_t owner = ::geteuid();
    if (root) {
        auto user = process::find_user("postgres");
        if (!user) {
            return fail(user.error());
        }
        owner = user->uid;
        for (const std::string& path : {node.data_directory, std::string(kSocketDirectory)}) {
            if (auto walk = postgres::take_ownership(path, owner); !walk) {
                return fail(walk.error());
            }
        }
        if (!postgres.initdb_waldir.empty()) {
            CITUS_INIT_TRY(postgres::make_wal_directory(postgres.initdb_waldir,
                                                        node.data_directory, owner));
        }
        node.was_root = true;
        CITUS_INIT_TRY(process::step_down(*user));
        node.environment["HOME"] = user->home;
    } else if (!postgres.initdb_waldir.empty()) {
        CITUS_INIT_TRY(
            postgres::make_wal_directory(postgres.initdb_waldir, node.data_directory, owner));
    }
    postgres::fix_data_directory_mode(node.data_directory);
    return {};
}

Status lock(Node& node) {
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

Status check_marker(Node& node) {
    auto marker = postgres::read_node_marker(RealFilesystem(), node.data_directory);
    if (!marker) {
        return fail(marker.error());
    }
    if (!*marker) {
        return {};
    }
    node.marker = **marker;
    return postgres::check_node_marker(node.marker,
                                       {.citus_enable = node.settings.citus.enable,
                                        .allow_disable = node.settings.citus.allow_disable,
                                        .role = node.role_word(),
                                        .library_version = node.citus_package.default_version},
                                       node.data_directory);
}

Status plan_bootstrap(Node& node, const postgres::DataDirectoryContent& content) {
    const RealFilesystem files;
    const auto mountinfo = files.read("/proc/self/mountinfo");
    CITUS_INIT_TRY(postgres::check_older_layouts(files, node.data_directory, node.postgres_major,
                                                 mountinfo.value_or("")));
    if (auto problem = settings::check_bootstrap_password(node.settings)) {
        return fail(ExitCode::config, problem->text());
    }
    if (std::holds_alternative<postgres::HalfMadeCluster>(content)) {
        log::warning("\"{}\" holds a bootstrap that did not end, and nothing of yet anybody's: made anew",
                     node.data_directory);
        CITUS_INIT_TRY(postgres::discard_bootstrap(node.data_directory,
                                                   node.settings.postgres.initdb_waldir));
    }
    constexpr std::uint64_t kRoomForACluster = 64ULL << 20U;  // initdb's 39 MB and some WAL
    CITUS_INIT_TRY(postgres::check_room(node.data_directory, kRoomForACluster));
    const auto scripts = files.list(kInitScripts);
    if (!scripts && files.exists(kInitScripts)) {
        return fail(ExitCode::permission, fmt::format("{}. The server's user must be able to read "
                                                      "the init scripts.",
                                                      scripts.error().message));
    }
    node.plan.bootstrap = true;
    node.plan.init_scripts = scripts && !scripts->empty();
    return {};
}

Status make_plan(Node& node) {
    const RealFilesystem files;
    auto content = postgres::inspect_data_directory(files, node.data_directory);
    if (!content) {
        return fail(content.error());
    }
    auto action = postgres::decide_start(
        *content, node.data_directory,
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
            ::write(STDOUT_FILENO, "", 0);
            CITUS_INIT_TRY(check_marker(node));
            break;
    }
    return plan_configuration(node);
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
    auto loaded = settings::load_settings(environment, RealFilesystem());
    if (!loaded) {
        return fail(as_error(loaded.error()));
    }
    Node node;
    node.settings = std::move(loaded->settings);
    node.environment = std::move(loaded->resolved);
    node.data_directory = node.settings.postgres.data_directory;
    node.node_name =
        node.settings.citus.node_host.empty() ? host_name() : node.settings.citus.node_host;
    node.program = "/proc/self/exe";
    log::configure({node.settings.supervisor.log_level, node.settings.supervisor.log_format,
                    node.settings.citus.enable ? node.node_name : ""});
    for (const auto& warning : loaded->warnings) {
        log::warning("{}", warning.text());
    }
    auto arguments =
        render::parse_server_arguments(server_arguments, node.data_directory, working_directory());
    if (!arguments) {
        return fail(as_error(arguments.error()));
    }
    node.arguments = std::move(*arguments);
    CITUS_INIT_TRY(find_server(node));
    CITUS_INIT_TRY(check_configuration(node));
    CITUS_INIT_TRY(make_directories_and_step_down(node));
    CITUS_INIT_TRY(lock(node));
    CITUS_INIT_TRY(make_plan(node));
    return node;
}

}  // namespace citus_init::app
