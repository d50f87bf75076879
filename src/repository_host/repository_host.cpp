#include "citus_init/repository_host/repository_host.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/file.h"
#include "citus_init/base/log.h"
#include "citus_init/node/mesh.h"
#include "citus_init/node/node_name.h"
#include "citus_init/node/preparation.h"
#include "citus_init/process/children.h"
#include "citus_init/process/event_loop.h"
#include "citus_init/process/identity.h"
#include "citus_init/process/signals.h"
#include "citus_init/process/timer.h"

#include "repository_host/backup_server.h"
#include "repository_host/host_configuration.h"
#include "repository_host/host_state.h"
#include "repository_host/request_queue.h"

namespace citus_init::repository_host {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kStopped = "the repository host was stopped before the end";

// One repository host for one directory: a second one would run what the first has taken.
Result<Fd> lock(const HostConfiguration& host) {
    constexpr mode_t kMode = 0640;
    const std::string path = fmt::format("{}/{}", host.requests, kLockName);
    Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kMode));
    if (!file) {
        return fail(errno_error("cannot open " + path, errno));
    }
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
        return file;
    }
    if (errno == EWOULDBLOCK) {
        return fail(ExitCode::locked,
                    fmt::format("another repository host serves {}. Stop it, or give this one a "
                                "directory of its own",
                                host.settings.backup->repository.text()));
    }
    log::warning("{} cannot be locked: make sure that one repository host alone serves {}", path,
                 host.settings.backup->repository.text());
    return file;
}

class RepositoryHost {
  public:
    RepositoryHost(HostConfiguration host, const settings::Environment& environment)
        : host_(std::move(host)), environment_(environment) {}

    // The exit status.
    [[nodiscard]] Result<int> run() {
        CITUS_INIT_TRY(begin());
        loop_->run();
        remove_host_state(host_.settings.supervisor.run_directory);
        return code_;
    }

  private:
    [[nodiscard]] Status begin() {
        CITUS_INIT_TRY(write_configuration(host_));
        if (const auto made = renew_certificate(host_, false); !made) {
            return fail(made.error());
        }
        CITUS_INIT_TRY(keep(lock_, lock(host_)));
        CITUS_INIT_TRY(make_parts());
        CITUS_INIT_TRY(server_->start());
        requests_->begin([this] { lose_directory(); });
        renewal_->start(node::backup_certificate_pause(host_.settings.citus));
        CITUS_INIT_TRY(write_host_state(host_));
        log::info("repository host: {} is served on {}, as {}",
                  host_.settings.backup->repository.text(), host_.settings.backup->listen.text(),
                  host_.settings.citus.node_host);
        return {};
    }

    [[nodiscard]] Status make_parts() {
        process::Children::become_subreaper();
        CITUS_INIT_TRY(keep(loop_, process::EventLoop::create()));
        CITUS_INIT_TRY(keep(signals_, process::SignalSource::create(
                                          *loop_, [this](int number) { received(number); })));
        CITUS_INIT_TRY(keep(renewal_, process::Timer::create(*loop_, [this] { renew(); })));
        CITUS_INIT_TRY(keep(deadline_, process::Timer::create(*loop_, [this] { escalate(); })));
        CITUS_INIT_TRY(keep(server_, BackupServer::create(*loop_, children_, host_,
                                                          [this](int code) { gone(code); })));
        CITUS_INIT_TRY(keep(requests_, RequestQueue::create(*loop_, children_, host_)));
        return {};
    }

    void received(int number) {
        if (number == SIGCHLD) {
            children_.reap();
        } else if (number == SIGHUP) {
            reload();
        } else if (number == SIGQUIT) {
            log::info("immediate shutdown on request");
            stop(SIGKILL);
        } else if (number == SIGTERM || number == SIGINT || number == SIGPWR ||
                   number == SIGRTMIN + 3) {
            log::info("{}", is_stopping_ ? "immediate shutdown on a second request"
                                         : "shutdown on request");
            stop(is_stopping_ ? SIGKILL : SIGTERM);
        }
    }

    // The server goes on until the nodes have read that their runs were cancelled.
    void stop(int number) {
        const milliseconds longest = host_.settings.supervisor.stop_timeout;
        if (number == SIGKILL) {
            requests_->kill();
            is_stopping_ = true;
            server_->stop(SIGKILL);
            return;
        }
        is_stopping_ = true;
        renewal_->cancel();
        deadline_->start(longest / 2);
        requests_->stop(kStopped, [this] {
            deadline_->start(host_.settings.supervisor.stop_timeout / 4);
            is_server_stopping_ = true;
            server_->stop(SIGTERM);
        });
    }

    void escalate() {
        if (is_server_stopping_) {
            server_->stop(SIGKILL);
        } else {
            requests_->kill();
            requests_->stop_waiting();
        }
    }

    void gone(int code) {
        code_ = is_directory_lost_ ? static_cast<int>(ExitCode::io) : code;
        loop_->stop();
    }

    // Its lock is gone with it: the next start makes it anew.
    void lose_directory() {
        if (!is_stopping_ && !std::exchange(is_directory_lost_, true)) {
            log::error("{} was removed, moved or unmounted: no request is seen any more",
                       host_.requests);
            stop(SIGTERM);
        }
    }

    void renew() {
        renewal_->start(node::backup_certificate_pause(host_.settings.citus));
        const auto changed = renew_certificate(host_, true);
        if (!changed) {
            log::warning("the repository host's certificate cannot be renewed: {}",
                         changed.error().message);
        } else if (*changed) {
            log::info("renewed the repository host's certificate");
            server_->reload();
        }
    }

    // What the nodes' connections and the directory depend on stays until a restart.
    void reload() {
        auto anew = read_configuration(environment_, PgBackRest::is_known, &host_);
        if (!anew) {
            return log::error("reload refused, everything stays as it was: {}",
                              anew.error().message);
        }
        const auto& before = *host_.settings.backup;
        const auto& now = *anew->settings.backup;
        if (now.repository != before.repository || now.listen != before.listen ||
            anew->file != host_.file) {
            return log::error(
                "reload refused, everything stays as it was: CITUS_BACKUP_REPO, "
                "CITUS_BACKUP_LISTEN and CITUS_RUN_DIR need a restart");
        }
        anew->settings.citus.node_host = host_.settings.citus.node_host;
        anew->children["HOME"] = host_.children["HOME"];
        host_ = std::move(*anew);
        const auto changed = renew_certificate(host_, true);
        const Status written = changed ? write_configuration(host_) : fail(changed.error());
        server_->reload();  // a certificate that is new on the disk must not wait
        if (!written) {
            return log::error("reload: {}", written.error().message);
        }
        log::info("settings were read again");
    }

    HostConfiguration host_;
    const settings::Environment& environment_;
    Fd lock_;
    process::Children children_;
    std::unique_ptr<process::EventLoop> loop_;
    std::unique_ptr<process::SignalSource> signals_;
    std::unique_ptr<process::Timer> renewal_;
    std::unique_ptr<process::Timer> deadline_;
    std::unique_ptr<BackupServer> server_;
    std::unique_ptr<RequestQueue> requests_;
    bool is_stopping_ = false;
    bool is_server_stopping_ = false;
    bool is_directory_lost_ = false;
    int code_ = 0;
};

Result<int> run(const settings::Environment& environment) {
    auto host = read_configuration(environment, PgBackRest::to_be_checked);
    if (!host) {
        return fail(host.error());
    }
    if (::geteuid() == 0) {
        const auto user = node::server_user();
        if (!user) {
            return fail(user.error());
        }
        CITUS_INIT_TRY(process::step_down(*user));
    }
    process::forbid_inspection();
    const char* home = std::getenv("HOME");
    host->children["HOME"] = home == nullptr ? "/" : home;
    // Asked for once: process 1 waits for no resolver later.
    if (host->settings.citus.node_host.empty()) {
        host->settings.citus.node_host = node::node_name(host->settings.citus);
    }
    return RepositoryHost(*std::move(host), environment).run();
}

}  // namespace

int run_repository_host(const settings::Environment& environment) {
    process::block_signals();
    const auto code = run(environment);
    if (code) {
        return *code;
    }
    const int status = static_cast<int>(code.error().code);
    log::error("exit {} ({}): {}", status, exit_code_name(code.error().code), code.error().message);
    return status;
}

}  // namespace citus_init::repository_host
