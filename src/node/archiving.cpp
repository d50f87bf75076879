#include "citus_init/node/archiving.h"

#include <utility>

#include "citus_init/backup/configuration.h"
#include "citus_init/backup/version.h"
#include "citus_init/node/captured_run.h"
#include "citus_init/render/authentication_files.h"
#include "citus_init/render/own_files.h"
#include "citus_init/render/socket_directories.h"

namespace citus_init::node {

namespace {

// With Patroni the port is not in the stack.
std::string port_of(const settings::Settings& settings, const render::GucStack& stack) {
    const bool is_patronis = settings.patroni && settings.patroni->listen;
    return is_patronis ? std::to_string(settings.patroni->listen->port) : stack.effective("port");
}

backup::LocalCluster local_cluster(const settings::Settings& settings,
                                   const render::GucStack& stack, bool has_login_role) {
    const auto sockets = render::socket_directories(stack);
    return {settings.postgres.data_directory, sockets.empty() ? "" : sockets.front(),
            port_of(settings, stack), has_login_role ? render::kLoginRole : settings.postgres.user,
            settings.citus.enable ? settings.citus.database : settings.postgres.database};
}

}  // namespace

backup::LocalFiles local_backup_files(const settings::Settings& settings) {
    const auto own = render::own_files(settings);
    return {own.pgbackrest_locks, own.backup_authority, own.backup_certificate, own.backup_key};
}

std::optional<int> group_to_archive(const settings::Settings& settings,
                                    const std::optional<postgres::NodeMarker>& marker) {
    if (!settings.backup) {
        return std::nullopt;
    }
    if (settings.patroni) {
        return settings.patroni->group;
    }
    if (!settings.citus.enable || settings.citus.role == settings::Role::coordinator) {
        return 0;
    }
    return marker ? marker->group_id : std::nullopt;
}

std::optional<int> group_to_archive(const Node& node) {
    return node.place.is_confirmed ? group_to_archive(node.settings, node.marker) : std::nullopt;
}

std::optional<Secret> pgbackrest_configuration(const Node& node, const render::GucStack& stack) {
    if (!node.settings.backup) {
        return std::nullopt;
    }
    return backup::render_configuration(
        *node.settings.backup, local_cluster(node.settings, stack, node.marker.has_login_role),
        local_backup_files(node.settings), group_to_archive(node));
}

std::optional<std::string> shown_pgbackrest_configuration(const settings::Settings& settings,
                                                          const render::GucStack& stack,
                                                          std::optional<int> group) {
    if (!settings.backup) {
        return std::nullopt;
    }
    return backup::shown_configuration(
        *settings.backup,
        local_cluster(settings, stack, settings.citus.enable && !settings.patroni),
        local_backup_files(settings), group);
}

std::vector<settings::Problem> problems_of_pgbackrest(const settings::Settings& settings,
                                                      int postgres_major, const std::string& path) {
    constexpr std::chrono::seconds kDeadline{20};
    if (!settings.backup) {
        return {};
    }
    const auto run = run_by_path("pgbackrest version", path, kDeadline);
    const auto version = run ? backup::parse_version(run->errors) : std::nullopt;
    if (!version) {
        return {backup::not_installed(run ? run->errors : run.error().message)};
    }
    auto problem = backup::check_version(*version, postgres_major);
    return problem ? std::vector{*std::move(problem)} : std::vector<settings::Problem>();
}

}  // namespace citus_init::node
