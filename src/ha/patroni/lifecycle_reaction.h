#pragma once

#include <string>

#include "citus_init/ha/patroni/lifecycle.h"

namespace citus_init::patroni::lifecycle {

// One event being handled. The start, Patroni's end and the watchdog are in lifecycle.cpp, the stop
// in lifecycle_stop.cpp.
class Reaction : public citus_init::lifecycle::Reaction<Machine> {
  public:
    using citus_init::lifecycle::Reaction<Machine>::Reaction;

    void on(const Started& started);
    void on(const ChildExited& exited);
    void on(const SpawnFailed& failed);
    void on(const ExitDiagnosis& diagnosis);
    void on(const CreationSeen& seen);
    void on(const PostmasterSeen& seen);
    void on(const PostmasterGone& gone);
    void on(const PulseTaken& taken);
    void on(const StoodStill& still);
    void on(const ReadinessReported& reported);
    void on(const RestoreClaimed& /*unused*/) { state_.restores = true; }
    void on(const AgentReported& /*unused*/) { agent_reported(); }
    void on(const AgentFatal& fatal);
    void on(const StopRequested& request);
    void on(const ReloadRequested& /*unused*/);
    void on(const OrphansGone& /*unused*/);
    void on(const TimerExpired& expired);

  private:
    void make_certificate();
    void wait_for_dcs();
    void start_patroni();
    void certificate_exited(const ChildExited& exited);
    void dcs_wait_exited(const ChildExited& exited);
    void patroni_exited(const ChildExited& exited);
    void note_failure(std::string why);
    void agent_exited();
    bool may_run_agent() const;
    void clear_orphans();
    void restart();

    bool must_end(const ha::Pulse& pulse) const;
    bool has_lost_store(const ha::Pulse& pulse) const;
    bool is_watched() const;
    bool is_unguarded() const;
    bool needs_patroni() const;
    bool guard_without_patroni();
    void guard(const std::string& why);
    void end_server(Signal signal);
    void server_deadline_passed();
    void continue_after_server();

    void stop(StopMode mode);
    void enter(StopStage stage);
    void escalate();
    void stop_deadline_passed();
    void set_stop_deadline();
    void continue_stop();
    void stop_late_server();
    void end(int code, std::string why);
    void finish_stop();
};

}  // namespace citus_init::patroni::lifecycle
