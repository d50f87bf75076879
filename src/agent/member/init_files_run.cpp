#include "agent/member/init_files_run.h"

#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <utility>

#include <fmt/core.h>

#include "citus_init/process/spawn.h"

namespace citus_init::agent {

namespace {

// Patroni makes the database of Citus, another than that of the superuser's name, which is what
// POSTGRES_DB is unless it was set: no file could distribute a table there.
std::string script_database(const AgentContext& context) {
    const auto& settings = context.settings;
    const bool is_set = context.environment.contains("POSTGRES_DB") ||
                        context.environment.contains("POSTGRES_DB_FILE") ||
                        settings.postgres.database != settings.postgres.user;
    return is_set ? settings.postgres.database : settings.citus.database;
}

// As the official image gives it. Our own PATH has the server's programs.
std::vector<std::string> script_environment(const AgentContext& context) {
    auto environment = settings::init_script_environment(context.environment, context.settings);
    for (const char* name : {"PATH", "PGDATA"}) {
        if (const char* value = std::getenv(name)) {
            environment[name] = value;
        }
    }
    environment["POSTGRES_DB"] = script_database(context);
    environment["PGPORT"] = std::to_string(context.server.port);
    environment["CITUS_INIT_SOCKET_DIRECTORY"] = context.server.socket_directory;
    std::vector<std::string> entries;
    entries.reserve(environment.size());
    for (const auto& [name, value] : environment) {
        entries.push_back(fmt::format("{}={}", name, value));
    }
    return entries;
}

}  // namespace

Result<InitFilesRun> InitFilesRun::start(const AgentContext& context,
                                         const std::vector<std::string>& left_out) {
    auto launch = postgres::init_files_launch(postgres::kInitFilesDirectory,
                                              script_environment(context), left_out);
    if (!launch) {
        return fail(launch.error());
    }
    launch->command.parent_death_signal = SIGTERM;
    const auto pid = process::spawn(launch->command);
    if (!pid) {
        return fail(ExitCode::os, pid.error().message);
    }
    return InitFilesRun(std::move(*launch), *pid);
}

InitFilesRun::InitFilesRun(InitFilesRun&& other) noexcept
    : launch_(std::move(other.launch_)),
      pid_(std::exchange(other.pid_, 0)),
      ended_(other.ended_),
      failure_(std::move(other.failure_)),
      progress_(std::move(other.progress_)) {}

InitFilesRun::~InitFilesRun() {
    if (pid_ != 0 && !ended_) {
        ::kill(-pid_, SIGTERM);
    }
}

void InitFilesRun::probe() {
    int status = 0;
    if (!ended_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
        ended_ = WIFEXITED(status) ? process::ExitStatus::exited(WEXITSTATUS(status))
                                   : process::ExitStatus::signaled(WTERMSIG(status));
    }
    progress_ = postgres::init_files_progress(launch_);  // of a shell that ended: the last one
    if (ended_ && !(ended_->success() && progress_.completed)) {
        failure_ = ended_->success() ? "it ended the shell of them all (exit 0)" : ended_->text();
    }
}

}  // namespace citus_init::agent
