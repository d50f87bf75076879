#include "repository_host/backup_server.h"

#include <unistd.h>

#include <csignal>
#include <utility>

#include "citus_init/backup/configuration.h"
#include "citus_init/base/log.h"
#include "citus_init/base/text.h"

namespace citus_init::repository_host {

Result<std::unique_ptr<BackupServer>> BackupServer::create(process::EventLoop& loop,
                                                           process::Children& children,
                                                           const HostConfiguration& host,
                                                           std::function<void(int)> gone) {
    std::unique_ptr<BackupServer> self(new BackupServer(loop, children, host, std::move(gone)));
    CITUS_INIT_TRY(keep(self->restart_, process::Timer::create(loop, [raw = self.get()] {
                            if (const Status started = raw->start(); !started) {
                                log::error("{}", started.error().message);
                                raw->gone_(static_cast<int>(started.error().code));
                            }
                        })));
    return self;
}

BackupServer::~BackupServer() {
    kill();
}

Status BackupServer::start() {
    CITUS_INIT_TRY(keep(errors_, OutputPipe::create(loop_, [](std::string_view text) {
                            log::warning("pgBackRest's server: {}", one_line(text));
                        })));
    process::Command command;
    command.arguments = backup::server_command(host_.file);
    command.environment = settings::as_list(host_.children);
    command.descriptors = {{errors_->child_end(), STDOUT_FILENO},
                           {errors_->child_end(), STDERR_FILENO}};
    command.parent_death_signal = SIGKILL;
    const auto pid =
        children_.spawn(command, [this](process::ExitStatus status) { exited(status); });
    errors_->close_child_end();
    if (!pid) {
        return fail(ExitCode::os, pid.error().message);
    }
    pid_ = *pid;
    return {};
}

void BackupServer::signal(int number) const {
    if (pid_ > 0) {
        ::kill(pid_, number);
    }
}

void BackupServer::stop(int number) {
    is_stopping_ = true;
    restart_->cancel();
    if (pid_ > 0) {
        ::kill(-pid_, number);  // with the sessions of nodes
    } else {
        gone_(0);
    }
}

void BackupServer::exited(process::ExitStatus status) {
    constexpr std::chrono::milliseconds kPause{500};
    errors_->drain();
    ::kill(-pid_, SIGKILL);
    pid_ = 0;
    if (is_stopping_) {
        return gone_(0);
    }
    const auto& policy = host_.settings.supervisor;
    const auto now = Clock::now();
    ends_.push_back(now);
    while (!ends_.empty() && now - ends_.front() > policy.restart_window) {
        ends_.pop_front();
    }
    if (static_cast<int>(ends_.size()) > policy.restart_limit) {
        log::error("pgBackRest's server has ended {} times ({}); its own messages say why",
                   ends_.size(), status.text());
        return gone_(status.shell_code() == 0 ? static_cast<int>(ExitCode::unavailable)
                                              : status.shell_code());
    }
    log::error("pgBackRest's server exited unexpectedly ({}); it is started again", status.text());
    restart_->start(kPause * ends_.size());
}

}  // namespace citus_init::repository_host
