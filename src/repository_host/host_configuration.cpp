#include "repository_host/host_configuration.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include <fmt/core.h>

#include "citus_init/backup/host_request.h"
#include "citus_init/backup/version.h"
#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/node/archiving.h"
#include "citus_init/node/captured_run.h"
#include "citus_init/node/mesh.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/problems.h"
#include "citus_init/render/own_files.h"
#include "citus_init/settings/load.h"

namespace citus_init::repository_host {

namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kPrivateDirectory = 0750;  // as pgBackRest makes its own

std::vector<settings::Problem> problems_of(const settings::Settings& settings) {
    std::vector<settings::Problem> problems;
    if (settings.backup->repository.kind != settings::RepositoryKind::posix) {
        problems.push_back({"CITUS_BACKUP_REPO", settings.backup->repository.text(),
                            "is not a directory, and a repository host keeps its repository in one",
                            "Set it to posix:/PATH on the repository host, and to "
                            "pgbackrest://HOST:PORT on the nodes"});
    }
    if (settings.citus.cluster_secret.empty()) {
        problems.push_back({"CITUS_CLUSTER_SECRET", "",
                            "is not set, and the repository host admits nodes by certificates "
                            "that come from it",
                            "Give it the CITUS_CLUSTER_SECRET of the nodes, best by "
                            "CITUS_CLUSTER_SECRET_FILE"});
    }
    return problems;
}

void warn_of_schedule(const settings::BackupSettings& backup) {
    if (!backup.schedule.is_empty()) {
        log::warning(
            "CITUS_BACKUP_FULL_EVERY, CITUS_BACKUP_INCR_EVERY and CITUS_RESTORE_POINT_EVERY have "
            "no effect on the repository host: set them on the coordinator");
    }
}

std::optional<settings::Problem> problem_of_pgbackrest() {
    constexpr std::chrono::seconds kDeadline{20};
    const char* path = std::getenv("PATH");
    const auto run =
        node::run_by_path("pgbackrest version", path == nullptr ? "" : path, kDeadline);
    if (run && backup::parse_version(run->errors)) {
        return std::nullopt;
    }
    return backup::not_installed(run ? run->errors : run.error().message);
}

Status check_directory(const std::string& path) {
    const auto status = RealFilesystem().status(path);
    if (!status || status->type != FileType::directory) {
        return fail(ExitCode::config,
                    fmt::format("CITUS_BACKUP_REPO: \"posix:{}\" is not there. Mount the volume "
                                "that holds the repository, or make an empty directory for a new "
                                "one",
                                path));
    }
    if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
        return fail(errno_error(
            fmt::format("CITUS_BACKUP_REPO: \"posix:{}\" cannot be written. Give it to the user of "
                        "uid {} (chown, or fsGroup)",
                        path, ::geteuid()),
            errno));
    }
    return {};
}

}  // namespace

std::string host_state_path(const std::string& run_directory) {
    return run_directory + "/repository-host.json";
}

Result<HostConfiguration> read_configuration(const settings::Environment& environment,
                                             PgBackRest program, const HostConfiguration* before) {
    settings::Environment own = environment;
    own["CITUS_BACKUP"] = "pgbackrest";
    own.emplace("PGDATA", "/var/lib/postgresql/data");  // required by the settings, not used
    auto loaded = before == nullptr
                      ? settings::load_settings(own, RealFilesystem())
                      : settings::reload_settings(own, RealFilesystem(), before->resolved);
    if (!loaded) {
        return fail(node::as_error(loaded.error()));
    }
    auto& settings = loaded->settings;
    auto problems = problems_of(settings);
    if (auto problem =
            program == PgBackRest::to_be_checked ? problem_of_pgbackrest() : std::nullopt) {
        problems.push_back(*std::move(problem));
    }
    if (!problems.empty()) {
        return fail(node::as_error(settings::ProblemReport{std::move(problems), loaded->warnings}));
    }
    log::configure({settings.supervisor.log_level, settings.supervisor.log_format,
                    node::node_name(settings.citus), "repository"});
    for (const auto& warning : loaded->warnings) {
        log::warning("{}", warning.text());
    }
    warn_of_schedule(*settings.backup);
    HostConfiguration host;
    host.file = render::own_files(settings).pgbackrest_conf;
    host.files = node::local_backup_files(settings);
    host.requests =
        fmt::format("{}/{}", settings.backup->repository.path, backup::kRequestDirectory);
    host.settings = std::move(settings);
    host.resolved = std::move(loaded->resolved);
    host.children = settings::child_environment(host.resolved, settings::UserPgpassword::drop);
    host.children["PGBACKREST_CONFIG"] = host.file;
    return host;
}

Result<bool> renew_certificate(const HostConfiguration& host, bool server_is_running) {
    const auto made = node::ensure_backup_certificate(
        host.settings, node::BackupPeer::repository_host, server_is_running);
    return made ? Result<bool>(made->changed) : fail(made.error());
}

Status write_configuration(const HostConfiguration& host) {
    const auto& backup = *host.settings.backup;
    CITUS_INIT_TRY(check_directory(backup.repository.path));
    CITUS_INIT_TRY(make_directories(host.requests, kPrivateDirectory));
    CITUS_INIT_TRY(make_private_directory(render::own_files(host.settings).secrets_directory));
    return write_file_atomically(
        host.file, backup::render_host_configuration(backup, host.files).reveal(), kOwnerOnly);
}

}  // namespace citus_init::repository_host
