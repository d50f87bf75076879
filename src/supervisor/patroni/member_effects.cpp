#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <variant>

#include "citus_init/base/log.h"

#include "supervisor/console.h"
#include "supervisor/patroni/member_configuration.h"
#include "supervisor/patroni/member_directories.h"
#include "supervisor/patroni/member_programs.h"
#include "supervisor/patroni/member_supervisor.h"

namespace citus_init::supervisor {

void MemberSupervisor::execute_effect(const Effect& effect) {
    std::visit([this](const auto& what) { execute(what); }, effect);
}

// --- Starting ---

// The wait for the configuration store has ended before the agent is started.
bool MemberSupervisor::reports(Child child) const {
    return child == Child::agent || child == Child::dcs_wait;
}

Result<Program> MemberSupervisor::prepare(Child child, int report_end) {
    if (child == Child::patroni) {
        CITUS_INIT_TRY(prepare_patroni());
    }
    return member_program(child, member_, report_end, log_end_.get());
}

Status MemberSupervisor::prepare_patroni() {
    if (server_ == 0) {
        CITUS_INIT_TRY(set_half_copied_aside(member_));
    }
    CITUS_INIT_TRY(write_member_configuration(member_));
    started_empty_ = !has_cluster(member_);
    bootstrap_failed_ = false;
    last_failure_.clear();
    return {};
}

void MemberSupervisor::child_started(Child child, pid_t pid) {
    if (child == Child::patroni) {
        patroni_group_ = pid;
    }
}

Status MemberSupervisor::open_log() {
    auto failed = [this](const std::string& text) { patroni_failed(text); };
    CITUS_INIT_TRY(keep(failures_, AgentLink::create(loop(), failed)));
    const bool json = member_.node.settings.supervisor.log_format == log::Format::json;
    const RelayMode mode = json ? RelayMode::patroni_json : RelayMode::patroni;
    return keep(log_end_, server_log().open(mode, failures_->child_end()));
}

// --- Signals ---

void MemberSupervisor::execute(const patroni::lifecycle::SignalPostmaster& effect) {
    if (server_ != 0) {
        ::kill(server_, static_cast<int>(effect.signal));
    }
}

// Two system calls and nothing else. Patroni with its children first: it holds the key. SIGQUIT, as
// the watchdog does it.
void MemberSupervisor::kill_patroni_and_server() const {
    if (pid_of(Child::patroni) != 0) {
        ::kill(-patroni_group_, SIGKILL);
    }
    if (server_ != 0) {
        ::kill(server_, SIGQUIT);
    }
}

// They come through the relay, which may be busy.
void MemberSupervisor::execute(const patroni::lifecycle::ReadExitDiagnosis& /*unused*/) {
    constexpr std::chrono::milliseconds kLongest{300};
    constexpr int kKilled = 128;
    diagnosis_timer_->start(state().exit_code > kKilled ? std::chrono::milliseconds(0) : kLongest);
}

// --- What is left behind ---

void MemberSupervisor::execute(const patroni::lifecycle::EndOrphans& effect) {
    if (state().ending) {
        log_end_.reset();
        server_log().close();
    }
    Supervisor::execute(effect);
}

// Patroni's children stay in its process group (initdb, pg_basebackup, pg_rewind, callbacks), but
// for the postmaster, which has a session of its own.
bool MemberSupervisor::kill_leftovers() {
    const bool of_patroni =
        patroni_group_ > 0 && pid_of(Child::patroni) == 0 && ::kill(-patroni_group_, SIGKILL) == 0;
    const bool of_server = server_ == 0 && Supervisor::kill_leftovers();
    return of_patroni || of_server;
}

void MemberSupervisor::execute(const patroni::lifecycle::KillEverything& /*unused*/) {
    if (patroni_group_ > 0) {
        ::kill(-patroni_group_, SIGKILL);
    }
    if (server_ != 0) {
        ::kill(server_, SIGKILL);
    }
    kill_children();
}

// --- The rest ---

void MemberSupervisor::execute(const patroni::lifecycle::ReloadSettings& /*unused*/) {
    log::info("received SIGHUP: reloading");
    reload_member(member_);
}

void MemberSupervisor::execute(const patroni::lifecycle::AnnounceReady& /*unused*/) {
    report_ready();
}

}  // namespace citus_init::supervisor
