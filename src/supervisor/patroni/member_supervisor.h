#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "citus_init/ha/patroni/lifecycle.h"

#include "supervisor/patroni/member.h"
#include "supervisor/patroni/running_server.h"
#include "supervisor/supervisor.h"

namespace citus_init::supervisor {

// PID 1 of a member that Patroni manages: what patroni::lifecycle needs beside what every
// Supervisor does. The postmaster that is observed, Patroni's process group and its messages, the
// clock that notices a standstill.
class MemberSupervisor : public Supervisor<patroni::lifecycle::Machine> {
  public:
    // `member` must outlive it.
    [[nodiscard]] static Result<std::unique_ptr<MemberSupervisor>> create(Member& member);

    // After run(): where the coordinator is, if this member has to restore its group before Patroni
    // starts.
    const std::optional<HostPort>& restores_with() const { return restores_with_; }

  private:
    explicit MemberSupervisor(Member& member);
    [[nodiscard]] Status set_up();

    void begin() override;
    void observe() override;
    void log_stop_request(int signal, lifecycle::StopMode mode) override;
    bool reports(Child child) const override;
    [[nodiscard]] Result<Program> prepare(Child child, int report_end) override;
    void child_started(Child child, pid_t pid) override;
    void child_ended(Child child, process::ExitStatus status) override;
    void take_report(const status::Report& report) override;
    void certificate_renewed() override;
    void membership_reported(const status::Membership& membership) override;
    void peers_changed() override;
    bool kill_leftovers() override;
    void execute_effect(const Effect& effect) override;
    void describe(status::NodeStatus& published) const override;

    // --- The server ---
    void woke();
    void notice_unseen_server();
    void take_server(const RunningServer& seen);
    void server_ended(int shell_code);
    void watch_creation();
    void begin_creation_record();
    void end_creation_record();

    // --- Patroni ---
    [[nodiscard]] Status open_log();
    [[nodiscard]] Status prepare_patroni();
    [[nodiscard]] Status settle_before_restart() const;
    void patroni_failed(const std::string& text);
    void report_exit_diagnosis();
    void kill_patroni_and_server() const;
    void hang_up_patroni();

    // --- Reports ---
    void take(const status::ReadinessReport& report);
    void take(const status::HandoverReport& report);
    void take(const ha::Lease& lease);
    void take(const ha::Pulse& pulse);
    void take(const status::ArchivingReport& report);
    void take(const status::BackupReport& report);
    void take(const status::RestoreReport& report);
    // Of a node without Patroni.
    template <typename Report>
    void take(const Report& /*report*/) {
        reported();
    }

    // --- Effects ---
    using Supervisor::execute;
    void execute(const lifecycle::SendSignal<Child>& effect);
    void execute(const patroni::lifecycle::SignalPostmaster& effect);
    void execute(const patroni::lifecycle::TerminateCreation& effect);
    void execute(const patroni::lifecycle::ReadExitDiagnosis& effect);
    void execute(const patroni::lifecycle::EndOrphans& effect);
    void execute(const patroni::lifecycle::KillEverything& effect);
    void execute(const patroni::lifecycle::ReloadSettings& effect);
    void execute(const patroni::lifecycle::AnnounceReady& effect);

    Member& member_;
    std::unique_ptr<process::Timer> probe_timer_;      // to the next probe of the server
    std::unique_ptr<process::Timer> diagnosis_timer_;  // for Patroni's last log lines

    // Patroni and its server write to the same pipe as long as the member lives.
    std::unique_ptr<AgentLink> failures_;  // the relay's reports
    Fd log_end_;
    std::string last_failure_;     // the last one that Patroni logged
    status::Condition waits_for_;  // what clients wait for, as the agent reported it
    status::Condition handover_;   // why nobody could take the lead over, the same
    std::chrono::seconds ttl_;     // of the leader key; the store's, once the agent reported it
    std::optional<status::LeaseStatus> lease_;          // of a primary
    std::optional<status::ArchivingStatus> archiving_;  // of a leader, the same
    std::optional<status::BackupStatus> backup_;        // the same
    std::optional<HostPort> restores_with_;             // the coordinator, see restores_with()

    std::chrono::nanoseconds last_wake_{0};  // by boot_time()
    pid_t server_ = 0;                       // the postmaster that is seen, 0 = none
    pid_t patroni_group_ = 0;  // of the Patroni that was started last, and its children
    bool adopted_ = false;     // the postmaster has come to us, so that we learn of its end
    bool primary_ = false;
    bool hangup_pending_ = false;
    bool creating_ = false;          // as it was last posted
    std::string creation_trouble_;   // why there is no record, as it was logged
    bool has_record_ = false;        // beside the data directory: it is not known to be complete
    bool started_empty_ = false;     // there was no cluster when Patroni was started
    bool bootstrap_failed_ = false;  // Patroni has said so
};

}  // namespace citus_init::supervisor
