#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "citus_init/node/node.h"
#include "citus_init/postgres/lifecycle.h"
#include "citus_init/process/children.h"
#include "citus_init/process/event_loop.h"
#include "citus_init/process/signals.h"
#include "citus_init/process/timer.h"

#include "supervisor/agent_link.h"
#include "supervisor/event_pump.h"
#include "supervisor/kept_output.h"
#include "supervisor/not_ready_log.h"
#include "supervisor/postmaster_watch.h"
#include "supervisor/publisher.h"
#include "supervisor/server_log.h"

namespace citus_init::supervisor {

// The shell around postgres::lifecycle: turns signals, ends of children, timers and the server's
// status file into events, and carries the effects out. One thread, one loop; it decides nothing.
class Supervisor {
  public:
    [[nodiscard]] static Result<std::unique_ptr<Supervisor>> create(node::Node& node);

    // Returns the exit status of PID 1 once the node has come to its end.
    int run();
    // The last signal that asked for a stop; 0: none did.
    int stop_signal() const { return stop_signal_; }

  private:
    using Child = postgres::lifecycle::Child;
    using Pump = EventPump<postgres::lifecycle::State, postgres::lifecycle::Event,
                           postgres::lifecycle::Effect, postgres::lifecycle::Policy>;

    explicit Supervisor(node::Node& node);
    Status set_up();
    Status add_timer(postgres::lifecycle::Timer timer);

    // --- Sources of events ---
    void received_signal(int signal);
    void postmaster_file_changed();
    void child_exited(Child child, process::ExitStatus status);
    void take_agent_report(const std::string& line);
    void take_node(const std::string& json);
    void traffic_answered(const std::string& why_not);
    void take_peers(const std::string& addresses);
    void take_place(const std::string& json);
    void take_own_connection(const std::string& failure);
    void announce_if_open();
    void take_unfit(const std::string& why);
    // Writes our files anew and has the server read them.
    void reconfigure(const char* what);

    // --- Effects ---
    void carry_out(const postgres::lifecycle::Spawn& effect);
    void carry_out(const postgres::lifecycle::SendSignal& effect);
    void carry_out(const postgres::lifecycle::StartTimer& effect);
    void carry_out(const postgres::lifecycle::CancelTimer& effect);
    void carry_out(const postgres::lifecycle::HoldTraffic& effect);
    void carry_out(const postgres::lifecycle::EndOrphans& effect);
    void carry_out(const postgres::lifecycle::AdvanceBootstrap& effect);
    void carry_out(const postgres::lifecycle::CompleteBootstrap& effect);
    void carry_out(const postgres::lifecycle::DiscardBootstrap& effect);
    void carry_out(const postgres::lifecycle::ReloadSettings& effect);
    void carry_out(const postgres::lifecycle::AnnounceReady& effect);
    void carry_out(const postgres::lifecycle::Finish& effect);

    [[nodiscard]] Result<pid_t> start(Child child);
    [[nodiscard]] Status make_ready_for(Child child, Fd& log_end);
    [[nodiscard]] Status make_ready_for_server(Child child, Fd& log_end);
    bool logs_everything() const;
    std::optional<RelayMode> relay_mode(bool bootstrap) const;
    void adopt_bootstrap_server();
    void bootstrap_failed(const Error& error);
    void check_orphans();
    void report_how_it_is_ready() const;
    void publish();
    health::State snapshot() const;

    node::Node& node_;
    Pump pump_;

    std::unique_ptr<process::EventLoop> loop_;
    std::unique_ptr<process::SignalSource> signals_;
    std::unique_ptr<PostmasterWatch> postmaster_watch_;
    std::map<postgres::lifecycle::Timer, std::unique_ptr<process::Timer>> timers_;
    process::Children children_;
    std::map<Child, pid_t> pids_;
    std::unique_ptr<AgentLink> agent_link_;
    ServerLog server_log_;
    KeptOutput initdb_output_;
    Publisher publisher_;
    std::unique_ptr<NotReadyReporter> not_ready_;

    bool waiting_for_orphans_ = false;
    bool kill_orphans_ = false;
    bool recovering_ = false;     // the control file said so before the server was started
    std::string waits_for_;       // as Closed::waits_for
    std::string own_connection_;  // why Citus cannot connect to its own node; "" = it can
    std::string membership_;
    bool joined_ = false;
    bool ready_unannounced_ = false;  // ready, but not told so yet
    bool opening_ = false;            // the server may not have read yet that clients are let in
    int exit_code_ = 0;
    int stop_signal_ = 0;
    std::optional<Error> bootstrap_failure_;  // of an effect
};

}  // namespace citus_init::supervisor
