#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "citus_init/patroni/lifecycle.h"
#include "citus_init/process/children.h"
#include "citus_init/process/event_loop.h"
#include "citus_init/process/signals.h"
#include "citus_init/process/timer.h"

#include "supervisor/agent_link.h"
#include "supervisor/event_pump.h"
#include "supervisor/not_ready_log.h"
#include "supervisor/patroni/member.h"
#include "supervisor/patroni/running_server.h"
#include "supervisor/publisher.h"
#include "supervisor/server_log.h"

namespace citus_init::supervisor {

// The shell around patroni::lifecycle: turns signals, ends of children, the server that is seen and
// the agent's reports into events, and carries the effects out. One thread, one loop; it decides
// nothing.
class MemberSupervisor {
  public:
    [[nodiscard]] static Result<std::unique_ptr<MemberSupervisor>> create(Member& member);

    // Returns the exit status of PID 1 once the member has come to its end.
    int run();

  private:
    using Child = patroni::lifecycle::Child;
    using Pump = EventPump<patroni::lifecycle::State, patroni::lifecycle::Event,
                           patroni::lifecycle::Effect, patroni::lifecycle::Policy>;

    explicit MemberSupervisor(Member& member);
    Status set_up();
    Status add_timer(patroni::lifecycle::Timer timer);

    // --- Sources of events ---
    void received_signal(int signal);
    void child_exited(Child child, process::ExitStatus status);
    void woke();
    void inspect_server();
    void notice_unseen_server();
    void take_server(const RunningServer& seen);
    void server_ended(int shell_code);
    void take_agent_report(const std::string& line);
    void take_lease(const std::string& json);
    void take_pulse(const std::string& json);
    void take_peers(const std::string& addresses);
    void patroni_failed(const std::string& text);
    void report_exit_diagnosis();

    // --- Effects ---
    void carry_out(const patroni::lifecycle::Spawn& effect);
    void carry_out(const patroni::lifecycle::SendSignal& effect);
    void carry_out(const patroni::lifecycle::SignalPostmaster& effect);
    void carry_out(const patroni::lifecycle::StartTimer& effect);
    void carry_out(const patroni::lifecycle::CancelTimer& effect);
    void carry_out(const patroni::lifecycle::ReadExitDiagnosis& effect);
    void carry_out(const patroni::lifecycle::EndOrphans& effect);
    void carry_out(const patroni::lifecycle::KillEverything& effect);
    void carry_out(const patroni::lifecycle::ReloadSettings& effect);
    void carry_out(const patroni::lifecycle::AnnounceReady& effect);
    void carry_out(const patroni::lifecycle::Warn& effect);
    void carry_out(const patroni::lifecycle::Finish& effect);

    [[nodiscard]] Result<pid_t> start(Child child);
    [[nodiscard]] Status make_ready_for(Child child);
    [[nodiscard]] Status open_log();
    void kill_patroni_and_server() const;
    void warn_of_stop_without_handover() const;
    bool end_leftovers_of_patroni();
    void check_orphans();
    void publish();
    health::State snapshot() const;

    Member& member_;
    Pump pump_;

    std::unique_ptr<process::EventLoop> loop_;
    std::unique_ptr<process::SignalSource> signals_;
    std::map<patroni::lifecycle::Timer, std::unique_ptr<process::Timer>> timers_;
    std::unique_ptr<process::Timer> probe_timer_;      // to the next probe of the server
    std::unique_ptr<process::Timer> diagnosis_timer_;  // for Patroni's last log lines
    process::Children children_;
    std::map<Child, pid_t> pids_;
    std::unique_ptr<AgentLink> agent_link_;
    Publisher publisher_;
    std::unique_ptr<NotReadyReporter> not_ready_;

    // Patroni and its server write to the same pipe as long as the member lives.
    std::unique_ptr<AgentLink> failures_;  // what the relay tells of
    ServerLog server_log_;
    std::string last_failure_;  // what Patroni said last of one
    std::string membership_;
    std::string handover_trouble_;  // why nobody could take the lead over, at the last look

    Fd log_end_;
    std::chrono::nanoseconds last_wake_{0};  // by boot_time()
    pid_t server_ = 0;                       // the postmaster that is seen, 0 = none
    pid_t patroni_group_ = 0;  // of the Patroni that was started last, and its children
    int exit_code_ = 0;
    bool adopted_ = false;  // the postmaster has come to us, so that we are told of its end
    bool primary_ = false;
    bool started_empty_ = false;     // there was no cluster when Patroni was started
    bool bootstrap_failed_ = false;  // Patroni has said so
    bool waiting_for_orphans_ = false;
    bool kill_orphans_ = false;
    bool joined_ = false;
};

}  // namespace citus_init::supervisor
