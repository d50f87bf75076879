#include "supervisor/patroni/member_supervisor.h"

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <tuple>
#include <utility>
#include <variant>

#include "citus_init/base/clock.h"
#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/ha/lease.h"
#include "citus_init/ha/patroni/configuration.h"
#include "citus_init/ha/patroni/exit_diagnosis.h"
#include "citus_init/ha/patroni/rest_answers.h"
#include "citus_init/ha/pulse.h"
#include "citus_init/postgres/control_file.h"
#include "citus_init/process/process_table.h"
#include "citus_init/render/own_files.h"
#include "citus_init/status/report.h"

#include "supervisor/console.h"
#include "supervisor/patroni/member_configuration.h"
#include "supervisor/patroni/member_creation.h"
#include "supervisor/patroni/member_directories.h"
#include "supervisor/patroni/member_phase.h"
#include "supervisor/patroni/member_programs.h"
#include "supervisor/signal_request.h"

namespace citus_init::supervisor {

using patroni::lifecycle::CreationSeen;
using patroni::lifecycle::ExitDiagnosis;
using patroni::lifecycle::PostmasterGone;
using patroni::lifecycle::PostmasterSeen;
using patroni::lifecycle::PulseTaken;
using patroni::lifecycle::ReadinessReported;
using patroni::lifecycle::RestoreClaimed;
using patroni::lifecycle::StoodStill;

MemberSupervisor::MemberSupervisor(Member& member)
    : Supervisor(member.node, policy_of_member(member.node.settings, *member.backend)),
      member_(member),
      ttl_(patroni::lease_of(*member.node.settings.patroni).ttl) {}

Result<std::unique_ptr<MemberSupervisor>> MemberSupervisor::create(Member& member) {
    std::unique_ptr<MemberSupervisor> self(new MemberSupervisor(member));
    CITUS_INIT_TRY(self->set_up());
    return self;
}

Status MemberSupervisor::set_up() {
    CITUS_INIT_TRY(Supervisor::set_up());
    auto probe = [this] { observe(); };
    CITUS_INIT_TRY(
        keep(probe_timer_, process::Timer::create(loop(), probe, process::TimerClock::boot)));
    auto diagnose = [this] { report_exit_diagnosis(); };
    CITUS_INIT_TRY(keep(diagnosis_timer_, process::Timer::create(loop(), diagnose)));
    return open_log();
}

void MemberSupervisor::begin() {
    last_wake_ = boot_time();
    loop().on_wake([this] { woke(); });
    post(patroni::lifecycle::Started{member_.plan});
    observe();
}

void MemberSupervisor::log_stop_request(int signal, lifecycle::StopMode mode) {
    if (has_record_) {
        note_bootstrap_to_stop(member_);
    }
    log::info("received {}: {}", signal_name(signal),
              mode == lifecycle::StopMode::fast ? "asking Patroni to stop" : "immediate shutdown");
    if (primary_ && !is_none(handover_) && state().step != Step::stopping) {
        log::warning(
            "nobody takes the lead of group {} over: {}. The group has no leader until this member "
            "is back; `citus-init health --scope group --wait` before a stop waits for a replica "
            "that can",
            member_.node.settings.patroni->group, handover_.detail);
    }
}

// --- The server ---

// It wakes up once a second (observe()): a longer gap means that all of this container stood
// still. Patroni, which goes on at the same instant, may take the leader key back (3.0.2), so
// nothing comes before the two signals.
void MemberSupervisor::woke() {
    const auto now = boot_time();
    const auto gap =
        std::chrono::duration_cast<lifecycle::Milliseconds>(now - std::exchange(last_wake_, now));
    if (gap <= policy().answer_timeout) {
        return;
    }
    if (patroni::lifecycle::must_end_after(state(), gap, policy())) {
        kill_patroni_and_server();
    }
    observe();
    post(StoodStill{gap});
}

// Patroni does not report that it starts a postmaster, and only the parent learns of its end.
void MemberSupervisor::observe() {
    constexpr std::chrono::seconds kPause{1};
    probe_timer_->start(kPause);
    const auto seen = find_running_server(member_.node.data_directory);
    if (server_ != 0 && !adopted_ && (!seen || seen->pid != server_)) {
        server_ended(1);
    }
    if (seen) {
        take_server(*seen);
    }
    watch_creation();
    if (hangup_pending_) {
        hang_up_patroni();
    }
}

// Patroni removes and makes the data directory whenever it has to, and reports neither.
void MemberSupervisor::watch_creation() {
    const bool creating =
        server_ == 0 && pid_of(Child::patroni) != 0 &&
        (has_record_ || !has_cluster(member_) || patroni::is_being_made(state().patroni_state));
    if (creating) {
        begin_creation_record();
    }
    if (std::exchange(creating_, creating) != creating) {
        post(CreationSeen{creating});
    }
}

void MemberSupervisor::begin_creation_record() {
    const Status begun = begin_creation(member_);
    has_record_ = begun.has_value();
    const std::string trouble = begun ? "" : begun.error().message;
    if (std::exchange(creation_trouble_, trouble) != trouble && !begun) {
        log::warning("{}", trouble);
    }
}

void MemberSupervisor::end_creation_record() {
    if (std::exchange(has_record_, false)) {
        end_creation(member_);
    }
}

// It takes the leader key once its bootstrap is complete, Citus included.
void MemberSupervisor::membership_reported(const status::Membership& membership) {
    if (server_ != 0 && membership.group && membership.group->role == status::GroupRole::leader) {
        end_creation_record();
    }
}

void MemberSupervisor::take_server(const RunningServer& seen) {
    if (server_ != 0 && server_ != seen.pid) {
        return;  // the end of the one before comes first
    }
    const bool is_new = server_ == 0;
    server_ = seen.pid;
    if (!adopted_) {
        // Its starter may not have ended yet, and then it has not come to us.
        adopted_ = children().adopt(
            server_, [this](process::ExitStatus status) { server_ended(status.shell_code()); });
    }
    member_.node.server_port = seen.port != 0 ? seen.port : member_.node.server_port;
    if (!seen.socket_directory.empty()) {
        member_.node.socket_directory = seen.socket_directory;
    }
    if (is_new) {
        log::debug("postmaster {} runs", server_);
        if (Status noted = note_identity(member_); !noted) {
            log::warning("{}", noted.error().message);
        }
    }
    if (!seen.primary) {
        end_creation_record();  // Patroni starts none on a copy that has failed
    }
    if (is_new || primary_ != seen.primary) {
        primary_ = seen.primary;
        post(PostmasterSeen{primary_});
    }
}

void MemberSupervisor::server_ended(int shell_code) {
    server_ = 0;
    adopted_ = false;
    archiving_.reset();
    backup_.reset();
    lease_.reset();
    const bool clean =
        postgres::was_cleanly_shut_down(RealFilesystem(), member_.node.data_directory);
    log::info("the server has ended, {}", clean ? "shut down cleanly" : "not shut down cleanly");
    post(PostmasterGone{shell_code, clean});
}

// --- Patroni ---

void MemberSupervisor::child_ended(Child child, process::ExitStatus status) {
    observe();
    if (child == Child::patroni) {
        notice_unseen_server();
    }
    post(patroni::lifecycle::ChildExited{child, status.shell_code(), status.text()});
}

// Patroni may have started another server after the one that did not shut down cleanly, and have
// stopped it, all between two probes.
void MemberSupervisor::notice_unseen_server() {
    const auto& now = state();
    if (server_ != 0 || !now.server_has_ended || now.server_ended.clean) {
        return;
    }
    if (postgres::was_cleanly_shut_down(RealFilesystem(), member_.node.data_directory)) {
        post(PostmasterGone{0, true});
    }
}

void MemberSupervisor::patroni_failed(const std::string& text) {
    const bool is_the_end = text.find("Failed to bootstrap cluster") != std::string::npos;
    bootstrap_failed_ = bootstrap_failed_ || is_the_end;
    // Why it failed was said before.
    if (!is_the_end || last_failure_.empty()) {
        last_failure_ = text;
    }
}

void MemberSupervisor::report_exit_diagnosis() {
    observe();
    const bool incomplete =
        started_empty_ && bootstrap_failed_ && server_ == 0 && has_cluster(member_);
    if (incomplete) {
        if (Status marked = mark_as_incomplete(member_, last_failure_); !marked) {
            log::error("{}", marked.error().message);
        }
    }
    const bool interrupted = has_record_ && !incomplete && is_interrupted_bootstrap(member_);
    post(ExitDiagnosis{patroni::exit_cause_of(last_failure_), last_failure_, incomplete,
                       interrupted});
}

void MemberSupervisor::execute_effect(const Effect& effect) {
    std::visit([this](const auto& what) { execute(what); }, effect);
}

// --- Starting Patroni ---

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
        CITUS_INIT_TRY(settle_before_restart());
    }
    CITUS_INIT_TRY(write_member_configuration(member_));
    started_empty_ = !has_cluster(member_);
    if (started_empty_) {
        CITUS_INIT_TRY(begin_creation(member_));
    }
    has_record_ = has_creation_record(member_);
    bootstrap_failed_ = false;
    last_failure_.clear();
    return {};
}

// What a bootstrap has left is settled before the first start of Patroni, with the configuration
// store.
Status MemberSupervisor::settle_before_restart() const {
    if (!is_interrupted_bootstrap(member_)) {
        return settle_creation(member_);
    }
    return fail(ExitCode::data_directory,
                "the bootstrap was cut off: the next start sets the data directory aside, if it is "
                "incomplete, and begins anew");
}

void MemberSupervisor::child_started(Child child, pid_t pid) {
    if (child == Child::patroni) {
        patroni_group_ = pid;
        hangup_pending_ = false;  // it reads everything anew
    }
}

Status MemberSupervisor::open_log() {
    auto failed = [this](const std::string& text) { patroni_failed(text); };
    CITUS_INIT_TRY(keep(failures_, AgentLink::create(loop(), failed)));
    const bool json = member_.node.settings.supervisor.log_format == log::Format::json;
    const RelayMode mode = json ? RelayMode::patroni_json : RelayMode::patroni;
    return keep(log_end_, server_log().open(loop(), mode, failures_->child_end()));
}

// --- Signals ---

void MemberSupervisor::execute(const lifecycle::SendSignal<Child>& effect) {
    if (effect.child == Child::patroni && effect.signal == Signal::hangup) {
        return hang_up_patroni();
    }
    Supervisor::execute(effect);
}

// SIGHUP would end a Patroni whose Python is still starting, so it waits for the handler.
void MemberSupervisor::hang_up_patroni() {
    const pid_t pid = pid_of(Child::patroni);
    hangup_pending_ = pid != 0 && !process::handles_signal(pid, SIGHUP);
    if (pid != 0 && !hangup_pending_) {
        ::kill(pid, SIGHUP);
    }
}

// Not through its REST API: that may serve an expired certificate, or not answer just then.
void MemberSupervisor::certificate_renewed() {
    hang_up_patroni();
}

void MemberSupervisor::execute(const patroni::lifecycle::SignalPostmaster& effect) {
    if (server_ != 0) {
        signal_process(server_, effect.signal);
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

void MemberSupervisor::execute(const patroni::lifecycle::TerminateCreation& /*unused*/) {
    if (patroni_group_ > 0) {
        ::kill(-patroni_group_, SIGTERM);
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

// --- Settings, readiness ---

void MemberSupervisor::execute(const patroni::lifecycle::ReloadSettings& /*unused*/) {
    log::info("received SIGHUP: reloading");
    reload_member(member_);
    reload_http();
}

void MemberSupervisor::execute(const patroni::lifecycle::AnnounceReady& /*unused*/) {
    report_ready();
}

// --- The agent's reports ---

void MemberSupervisor::take_report(const status::Report& report) {
    std::visit([this](const auto& what) { take(what); }, report);
}

// The machine needs no more of it than whether there is something to wait for.
void MemberSupervisor::take(const status::ReadinessReport& report) {
    waits_for_ = report.condition;
    if (is_none(waits_for_)) {
        end_creation_record();  // before anybody learns that it is ready
        static_cast<void>(remove_file(render::own_files(member_.node.settings).replica_source));
    }
    post(ReadinessReported{code_of(waits_for_.kind)});
}

void MemberSupervisor::take(const status::HandoverReport& report) {
    handover_ = report.condition;
    reported();
}

void MemberSupervisor::take(const status::ArchivingReport& report) {
    archiving_ = report.status;
    reported();
}

void MemberSupervisor::take(const status::BackupReport& report) {
    backup_ = report.status;
    reported();
}

// Before Patroni starts: of the wait for the configuration store.
void MemberSupervisor::take(const status::RestoreReport& report) {
    if (report.step == status::RestoreStep::claimed && report.coordinator) {
        restores_with_ = report.coordinator;
        return post(RestoreClaimed{});
    }
    waits_for_ = {status::ConditionKind::restoring, report.point, "", report.detail};
    reported();
}

// It may have been changed in the configuration store since the start.
void MemberSupervisor::take(const ha::Lease& lease) {
    ttl_ = lease.ttl;
    policy().store_timeout = ha::store_timeout_of(lease);
    const auto answer_timeout = ha::answer_timeout_of(lease);
    if (std::exchange(policy().answer_timeout, answer_timeout) != answer_timeout) {
        log::info(
            "ttl is {} s and loop_wait {} s in the configuration store: a primary whose "
            "Patroni does not answer for {} s is ended",
            lease.ttl.count(), lease.loop_wait.count(),
            std::chrono::ceil<std::chrono::seconds>(answer_timeout).count());
    }
    reported();
}

void MemberSupervisor::take(const ha::Pulse& pulse) {
    lease_ = lease_after(pulse, ttl_, std::time(nullptr), lease_);
    const bool was_paused = state().paused;
    post(PulseTaken{pulse});
    if (state().paused != was_paused) {
        log::info("{}", was_paused ? "Patroni is no longer paused: the watchdog is on again"
                                   : "Patroni is paused: the watchdog does nothing");
    }
}

// Not as an effect: nothing depends on it but the next login of a node.
void MemberSupervisor::peers_changed() {
    if (Status written = write_member_configuration(member_); !written) {
        log::error("cannot let the nodes' addresses in: {}", written.error().message);
        return;
    }
    hang_up_patroni();
}

// --- The published state ---

void MemberSupervisor::describe(status::NodeStatus& published) const {
    published.node = member_.host;
    published.postmaster = server_;
    published.restarts = state().restarts;
    published.handover = handover_;
    published.lease = lease_;
    published.archiving = archiving_;
    published.backup = backup_;
    std::tie(published.phase, published.condition) = phase_of_member(state(), waits_for_);
}

}  // namespace citus_init::supervisor
