#include <sys/types.h>

#include <chrono>
#include <csignal>

#include "citus_init/base/log.h"
#include "citus_init/process/orphans.h"

#include "supervisor/console.h"
#include "supervisor/patroni/member_configuration.h"
#include "supervisor/patroni/member_directories.h"
#include "supervisor/patroni/member_programs.h"
#include "supervisor/patroni/member_supervisor.h"

namespace citus_init::supervisor {

namespace lifecycle = patroni::lifecycle;

namespace {

// The wait for the configuration store has ended before the agent is started.
bool reports(lifecycle::Child child) {
    return child == lifecycle::Child::agent || child == lifecycle::Child::dcs_wait;
}

}  // namespace

// --- Starting ---

void MemberSupervisor::carry_out(const lifecycle::Spawn& effect) {
    const auto pid = start(effect.child);
    if (!pid) {
        pump_.post(lifecycle::SpawnFailed{effect.child, pid.error().message});
        return;
    }
    pids_[effect.child] = *pid;
    if (reports(effect.child)) {
        agent_link_->close_child_end();
    }
    if (effect.child == Child::patroni) {
        patroni_group_ = *pid;
    }
}

Result<pid_t> MemberSupervisor::start(Child child) {
    CITUS_INIT_TRY(make_ready_for(child));
    auto program =
        member_program(child, member_, agent_link_ ? agent_link_->child_end() : -1, log_end_.get());
    if (!program) {
        return fail(program.error());
    }
    const auto pid = children_.spawn(program->command, [this, child](process::ExitStatus status) {
        child_exited(child, status);
    });
    if (!pid) {
        return fail(ExitCode::os, pid.error().message);
    }
    return *pid;
}

// What has to be there before a child starts.
Status MemberSupervisor::make_ready_for(Child child) {
    if (child == Child::patroni) {
        if (server_ == 0) {
            CITUS_INIT_TRY(set_half_copied_aside(member_));
        }
        CITUS_INIT_TRY(write_member_configuration(member_));
        started_empty_ = !has_cluster(member_);
        bootstrap_failed_ = false;
        last_failure_.clear();
    }
    if (reports(child)) {
        auto said = [this](const std::string& line) { take_agent_report(line); };
        CITUS_INIT_TRY(keep(agent_link_, AgentLink::create(*loop_, said)));
    }
    return {};
}

Status MemberSupervisor::open_log() {
    auto failed = [this](const std::string& text) { patroni_failed(text); };
    CITUS_INIT_TRY(keep(failures_, AgentLink::create(*loop_, failed)));
    const bool json = member_.node.settings.supervisor.log_format == log::Format::json;
    const RelayMode mode = json ? RelayMode::patroni_json : RelayMode::patroni;
    return keep(log_end_, server_log_.open(mode, failures_->child_end()));
}

// --- Signals and timers ---

void MemberSupervisor::carry_out(const lifecycle::SendSignal& effect) {
    if (const auto found = pids_.find(effect.child); found != pids_.end()) {
        ::kill(found->second, static_cast<int>(effect.signal));
    }
}

void MemberSupervisor::carry_out(const lifecycle::SignalPostmaster& effect) {
    if (server_ != 0) {
        ::kill(server_, static_cast<int>(effect.signal));
    }
}

// Two system calls and nothing else. Patroni with its children first: it holds the key. SIGQUIT, as
// the watchdog does it.
void MemberSupervisor::kill_patroni_and_server() const {
    if (pids_.contains(Child::patroni)) {
        ::kill(-patroni_group_, SIGKILL);
    }
    if (server_ != 0) {
        ::kill(server_, SIGQUIT);
    }
}

void MemberSupervisor::carry_out(const lifecycle::StartTimer& effect) {
    timers_.at(effect.timer)->start(effect.delay);
}

void MemberSupervisor::carry_out(const lifecycle::CancelTimer& effect) {
    timers_.at(effect.timer)->cancel();
}

// They come through the relay, which may be busy.
void MemberSupervisor::carry_out(const lifecycle::ReadExitDiagnosis& /*unused*/) {
    constexpr std::chrono::milliseconds kLongest{300};
    constexpr int kKilled = 128;
    diagnosis_timer_->start(pump_.state().exit_code > kKilled ? std::chrono::milliseconds(0)
                                                              : kLongest);
}

// --- What is left behind ---

void MemberSupervisor::carry_out(const lifecycle::EndOrphans& effect) {
    waiting_for_orphans_ = true;
    kill_orphans_ = effect.kill;
    if (pump_.state().ending) {
        log_end_.reset();
        server_log_.close();
    }
    check_orphans();
}

// Its children stay in its process group (initdb, pg_basebackup, pg_rewind, callbacks), but for the
// postmaster, which has a session of its own. Whether any was there.
bool MemberSupervisor::end_leftovers_of_patroni() {
    return patroni_group_ > 0 && !pids_.contains(Child::patroni) &&
           ::kill(-patroni_group_, SIGKILL) == 0;
}

void MemberSupervisor::check_orphans() {
    if (!waiting_for_orphans_) {
        return;
    }
    bool any = false;
    if (kill_orphans_) {
        any = end_leftovers_of_patroni();
        if (server_ == 0) {
            any = !process::kill_orphans(children_, member_.node.data_directory).empty() || any;
        }
    } else {
        for (const pid_t pid : children_.orphans()) {
            any = true;
            ::kill(pid, SIGTERM);
        }
    }
    // The relay has the rest of the log to write.
    if (!any && !(pump_.state().ending && server_log_.draining())) {
        waiting_for_orphans_ = false;
        pump_.post(lifecycle::OrphansGone{});
    }
}

void MemberSupervisor::carry_out(const lifecycle::KillEverything& /*unused*/) {
    for (const auto& [child, pid] : pids_) {
        ::kill(pid, SIGKILL);
    }
    if (patroni_group_ > 0) {
        ::kill(-patroni_group_, SIGKILL);
    }
    if (server_ != 0) {
        ::kill(server_, SIGKILL);
    }
    for (const pid_t pid : children_.orphans()) {
        ::kill(pid, SIGKILL);
    }
}

// --- The rest ---

void MemberSupervisor::carry_out(const lifecycle::ReloadSettings& /*unused*/) {
    log::info("received SIGHUP: reloading");
    reload_member(member_);
}

void MemberSupervisor::carry_out(const lifecycle::AnnounceReady& /*unused*/) {
    report_ready();
}

void MemberSupervisor::carry_out(const lifecycle::Warn& effect) {
    log::warning("{}", effect.text);
}

void MemberSupervisor::carry_out(const lifecycle::Finish& effect) {
    exit_code_ = effect.code;
    report_end(effect.code, effect.why);
    loop_->stop();
}

}  // namespace citus_init::supervisor
