#include "agent/backup_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <optional>
#include <utility>

#include "citus_init/backup/configuration.h"
#include "citus_init/base/fd.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/base/pipe.h"
#include "citus_init/base/text.h"
#include "citus_init/node/mesh.h"
#include "citus_init/process/exit_status.h"
#include "citus_init/process/spawn.h"
#include "citus_init/render/own_files.h"

namespace citus_init::agent {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr milliseconds kFirstServerPause{500};
constexpr seconds kLongestServerPause{60};
constexpr seconds kGoodRun{60};
constexpr const char* kAdmits = "\ntls-server-auth=";

}  // namespace

// What wakes the thread: a stop, another configuration, words or the end of the child.
class BackupServer::Process {
  public:
    Process(const std::string& directory, const std::stop_token& stop)
        : stopping_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
          notified_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
          wake_(stop, [this] { ::eventfd_write(stopping_.get(), 1); }) {
        ::inotify_add_watch(notified_.get(), directory.c_str(), IN_MOVED_TO);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process() { end(); }

    [[nodiscard]] bool start(const std::string& configuration) {
        auto errors = make_pipe();
        if (!errors) {
            log::warning("{}", errors.error().message);
            return false;
        }
        process::Command command;
        command.arguments = backup::server_command(configuration);
        // Of a session of the repository host too, whose own --config is the host's.
        command.environment = process::own_environment();
        command.environment->push_back("PGBACKREST_CONFIG=" + configuration);
        command.descriptors = {{errors->writing.get(), STDOUT_FILENO},
                               {errors->writing.get(), STDERR_FILENO}};
        command.parent_death_signal = SIGKILL;
        const auto pid = process::spawn(command);
        if (!pid) {
            log::warning("pgBackRest's server cannot be started: {}", pid.error().message);
            return false;
        }
        pid_ = *pid;
        ended_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
        errors_ = std::move(errors->reading);
        return true;
    }

    bool lives() {
        siginfo_t info{};
        return pid_ > 0 &&
               (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
                info.si_pid == 0);
    }

    void signal(int number) const {
        if (pid_ > 0) {
            ::kill(pid_, number);
        }
    }

    // Waits for so long at most; true: the configuration's directory has changed.
    bool wait(std::optional<milliseconds> longest) {
        constexpr milliseconds kWithoutPidfd{1000};  // before Linux 5.3
        if (pid_ > 0 && !ended_) {
            longest = std::min(longest.value_or(kWithoutPidfd), kWithoutPidfd);
        }
        std::array<pollfd, 4> watched{{{stopping_.get(), POLLIN, 0},
                                       {notified_.get(), POLLIN, 0},
                                       {pid_ > 0 ? ended_.get() : -1, POLLIN, 0},
                                       {errors_.get(), POLLIN, 0}}};
        ::poll(watched.data(), watched.size(), longest ? static_cast<int>(longest->count()) : -1);
        if (watched[3].revents != 0) {
            read_errors();
        }
        std::array<char, 4096> events{};
        bool has_changed = false;
        while (::read(notified_.get(), events.data(), events.size()) > 0) {
            has_changed = true;
        }
        return has_changed;
    }

    // Ends it with its sessions, and reaps it.
    std::optional<process::ExitStatus> end() {
        constexpr milliseconds kGrace{1000};
        if (pid_ <= 0) {
            return std::nullopt;
        }
        if (lives()) {
            ::kill(-pid_, SIGTERM);
            pollfd over{ended_.get(), POLLIN, 0};
            ::poll(&over, 1, static_cast<int>(kGrace.count()));
        }
        ::kill(-pid_, SIGKILL);
        const auto status = process::wait_for_end(pid_);
        read_errors();
        pid_ = 0;
        ended_.reset();
        errors_.reset();
        return status;
    }

  private:
    void read_errors() {
        std::array<char, 4096> buffer{};
        pollfd ready{errors_.get(), POLLIN, 0};
        while (errors_ && ::poll(&ready, 1, 0) > 0) {
            const ssize_t count = ::read(errors_.get(), buffer.data(), buffer.size());
            if (count <= 0) {
                errors_.reset();
                return;
            }
            const auto text =
                one_line(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
            log::warning("pgBackRest's server for the repository host: {}", text);
        }
    }

    Fd stopping_;
    Fd notified_;
    Fd ended_;  // a pidfd
    Fd errors_;
    pid_t pid_ = 0;
    std::stop_callback<std::function<void()>> wake_;
};

BackupServer::BackupServer(const AgentContext& context, Reporter& reporter)
    : context_(context),
      reporter_(reporter),
      configuration_(render::own_files(context.settings).pgbackrest_conf) {}

void BackupServer::start() {
    const auto& backup = context_.settings.backup;
    if (backup && backup->has_host()) {
        thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    }
}

bool BackupServer::is_configured() const {
    const auto text = RealFilesystem().read(configuration_);
    return text && text->find(kAdmits) != std::string::npos;
}

void BackupServer::run(const std::stop_token& stop) {
    milliseconds pause = kFirstServerPause;
    Process process(render::own_files(context_.settings).secrets_directory, stop);
    while (!stop.stop_requested()) {
        if (!is_configured()) {
            process.wait(std::nullopt);
            continue;
        }
        const auto begun = Clock::now();
        if (process.start(configuration_)) {
            serve(process, stop);
            const auto status = process.end();
            if (stop.stop_requested()) {
                return;
            }
            log::warning(
                "pgBackRest's server for the repository host exited unexpectedly ({}): base "
                "backups of this node fail until it runs again",
                status ? status->text() : "");
        }
        pause = Clock::now() - begun > kGoodRun
                    ? kFirstServerPause
                    : std::min<milliseconds>(pause * 2, kLongestServerPause);
        for (const auto end = Clock::now() + pause; !stop.stop_requested() && Clock::now() < end;) {
            process.wait(std::chrono::ceil<milliseconds>(end - Clock::now()));
        }
    }
}

void BackupServer::serve(Process& process, const std::stop_token& stop) {
    log::info("pgBackRest's server for the repository host listens on {}",
              context_.settings.backup->listen.text());
    renewal_due_ = Clock::now();
    while (!stop.stop_requested() && process.lives()) {
        if (Clock::now() >= renewal_due_) {
            renewal_due_ = Clock::now() + node::backup_certificate_pause(context_.settings.citus);
            renew_certificate(process);
        }
        const auto left = std::chrono::ceil<milliseconds>(renewal_due_ - Clock::now());
        if (process.wait(std::max(left, milliseconds(0)))) {
            process.signal(SIGHUP);
        }
    }
}

// Its file is in the directory that is watched.
void BackupServer::renew_certificate(Process& process) {
    const auto made =
        node::ensure_backup_certificate(context_.settings, node::BackupPeer::node, true);
    if (!made) {
        reporter_.warning("the certificate for the repository host cannot be renewed: " +
                          made.error().message);
    } else if (made->changed) {
        log::info("renewed the certificate for the repository host, because {}", made->why);
        process.signal(SIGHUP);
    }
}

}  // namespace citus_init::agent
