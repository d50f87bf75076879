#include "supervisor/entrypoint/run_without_postmaster.h"

#include <utility>

#include <fmt/core.h>

#include "citus_init/base/filesystem.h"
#include "citus_init/node/preparation.h"
#include "citus_init/node/slot.h"
#include "citus_init/postgres/data_directory.h"
#include "citus_init/postgres/stale_pid.h"
#include "citus_init/process/signals.h"
#include "citus_init/render/without_postmaster.h"
#include "citus_init/supervisor/wrapped_command.h"

#include "supervisor/console.h"
#include "supervisor/entrypoint/start_failure.h"
#include "supervisor/patroni/member_directories.h"
#include "supervisor/programs.h"
#include "supervisor/standalone/start_node.h"

namespace citus_init::supervisor {

namespace {

Status check_cluster_is_whole(const node::Node& node, const std::string& mode) {
    const std::string& path = node.data_directory;
    const auto content = postgres::inspect_data_directory(RealFilesystem(), path);
    if (!content) {
        return fail(content.error());
    }
    const auto action = postgres::decide_start(*content, path, {node.postgres_major});
    if (!action) {
        return fail(action.error());
    }
    return *action == postgres::StartAction::start_existing
               ? Status()
               : fail(ExitCode::data_directory,
                      fmt::format("data directory \"{}\" holds no whole cluster, and `postgres {}` "
                                  "makes none. Nothing was changed. Start the server without {} "
                                  "first, or name the cluster's directory by PGDATA or -D.",
                                  path, mode, mode));
}

// A member's lock is another one than a node's without Patroni.
Status take_directories(node::Node& node) {
    if (!node.settings.patroni) {
        return make_and_lock_directories(node);
    }
    Member member;
    member.node = std::move(node);
    Status taken = make_member_directories(member);
    if (taken) {
        taken = lock_member(member);
    }
    node = std::move(member.node);
    return taken;
}

Status take_cluster(node::Node& node, const std::string& mode) {
    // Of a directory that is named by an argument nothing is left to choose.
    if (node.settings.supervisor.data_slots && node.arguments.data_directory.empty()) {
        CITUS_INIT_TRY(node::take_slot(node));
    }
    CITUS_INIT_TRY(node::find_server(node));
    // Before anything is touched, unless the directory is closed to root.
    Status whole = check_cluster_is_whole(node, mode);
    if (!whole && whole.error().code != ExitCode::permission) {
        return whole;
    }
    CITUS_INIT_TRY(take_directories(node));
    CITUS_INIT_TRY(check_cluster_is_whole(node, mode));
    static_cast<void>(postgres::remove_empty_lock_files(node.data_directory, node.socket_directory,
                                                        node.server_port));
    return {};
}

settings::Environment program_environment(const node::Node& node) {
    auto environment = plain_environment(node);
    // It makes no socket, so the data directory's lock file is the only one.
    const auto pid = postgres::excused_pid(RealFilesystem(), node.data_directory,
                                           node.data_directory, node.server_port);
    if (pid) {
        environment["PG_GRANDPARENT_PID"] = std::to_string(*pid);
    }
    return environment;
}

}  // namespace

int run_without_postmaster(const std::vector<std::string>& arguments,
                           const settings::Environment& environment) {
    const auto directory = render::directory_arguments(arguments);
    auto node = node::read_node(directory, environment);
    if (!node) {
        return end_with(node.error(), environment);
    }
    Status ready = node::take_arguments(*node, directory);
    if (ready) {
        ready = take_cluster(*node, arguments.front());
    }
    if (!ready) {
        return end_with(ready.error(), node->settings.supervisor);
    }
    report_existing_cluster();
    std::vector<std::string> command{node->bin_directory + "/postgres"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return run_wrapped_command(command, process::InheritedSignals{}, "",
                               settings::as_list(program_environment(*node)));
}

}  // namespace citus_init::supervisor
