#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include <fmt/core.h>

#include "app/supervisor.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/postgres/bootstrap_marker.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/postgres/postmaster_pid.h"

namespace citus_init::app {

namespace lifecycle = postgres::lifecycle;

namespace {

int number_of(lifecycle::Signal signal) {
    switch (signal) {
        case lifecycle::Signal::terminate: return SIGTERM;
        case lifecycle::Signal::interrupt: return SIGINT;
        case lifecycle::Signal::quit: return SIGQUIT;
        case lifecycle::Signal::kill: return SIGKILL;
        case lifecycle::Signal::hangup: return SIGHUP;
    }
    return SIGTERM;
}

void print_on_stdout(std::string_view text) {
    [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
}

}  // namespace

void Supervisor::carry_out(const lifecycle::Spawn& effect) {
    const Child child = effect.child;
    if (Status prepared = prepare_for(child); !prepared) {
        post(lifecycle::SpawnFailed{child, prepared.error().message});
        return;
    }
    auto command = programs_.command(child, agent_link_ ? agent_link_->child_end() : -1);
    if (!command) {
        post(lifecycle::SpawnFailed{child, command.error().message});
        return;
    }
    const auto pid = children_.spawn(
        *command, [this, child](process::ExitStatus status) { child_exited(child, status); });
    if (!pid) {
        post(lifecycle::SpawnFailed{child, pid.error().message});
        return;
    }
    pids_[child] = *pid;
    if (agent_link_) {
        agent_link_->close_child_end();
    }
}

void Supervisor::carry_out(const lifecycle::SendSignal& effect) {
    if (effect.child == Child::bootstrap_server && !pids_.contains(effect.child)) {
        adopt_bootstrap_server();
    }
    const auto found = pids_.find(effect.child);
    if (found == pids_.end()) {
        return;
    }
    const bool group = effect.child == Child::init_scripts;
    ::kill(group ? -found->second : found->second, number_of(effect.signal));
}

// An init script may have restarted the server with pg_ctl, which leaves us a postmaster that we did
// not start, or stopped it for good.
void Supervisor::adopt_bootstrap_server() {
    const auto text = RealFilesystem().read(node_.data_directory + "/postmaster.pid");
    const auto file = text ? postgres::parse_postmaster_pid(*text) : std::nullopt;
    const auto exited = [this](process::ExitStatus status) {
        child_exited(Child::bootstrap_server, status);
    };
    if (file && children_.adopt(file->pid, exited)) {
        pids_[Child::bootstrap_server] = file->pid;
    } else {
        exited(process::ExitStatus::exited(0));
    }
}

void Supervisor::carry_out(const lifecycle::StartTimer& effect) {
    timers_.at(effect.timer)->start(effect.delay);
}

void Supervisor::carry_out(const lifecycle::CancelTimer& effect) {
    timers_.at(effect.timer)->cancel();
}

void Supervisor::carry_out(const lifecycle::EndOrphans& effect) {
    waiting_for_orphans_ = true;
    kill_orphans_ = effect.kill;
    check_orphans();
}

void Supervisor::check_orphans() {
    if (!waiting_for_orphans_) {
        return;
    }
    const auto orphans = children_.orphans();
    for (const pid_t pid : orphans) {
        ::kill(pid, kill_orphans_ ? SIGKILL : SIGTERM);
    }
    if (orphans.empty()) {
        waiting_for_orphans_ = false;
        post(lifecycle::OrphansGone{});
    }
}

void Supervisor::carry_out(const lifecycle::AdvanceBootstrap& effect) {
    if (Status written = programs_.advance_bootstrap(effect.step); !written) {
        fail_bootstrap(written.error());
    }
}

void Supervisor::carry_out(const lifecycle::CompleteBootstrap&) {
    print_on_stdout("\nPostgreSQL init process complete; ready for start up.\n\n");
    if (Status removed = node_.complete_bootstrap(); !removed) {
        log::error("{}", removed.error().message);
    }
}

void Supervisor::carry_out(const lifecycle::DiscardBootstrap&) {
    if (Status discarded = node_.discard_bootstrap(); !discarded) {
        log::error("{}. The data directory is half-made: empty it before the next start.",
                   discarded.error().message);
    } else {
        log::info("removed the half-made data directory's content");
    }
}

void Supervisor::carry_out(const lifecycle::AnnounceReady&) {
    // On stdout, once per start: the second of the two lines that Testcontainers waits for.
    print_on_stdout("citus-init: database system is ready to accept connections\n");
}

void Supervisor::carry_out(const lifecycle::Finish& effect) {
    exit_code_ = effect.code;
    if (effect.code != 0) {
        log::error("exit {}: {}", effect.code, effect.why);
    }
    loop_->stop();
}

}  // namespace citus_init::app
