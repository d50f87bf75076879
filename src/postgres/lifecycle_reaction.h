#pragma once

#include <string>

#include "citus_init/postgres/lifecycle.h"

namespace citus_init::postgres::lifecycle {

// One event being handled. The way up and the ends of processes are in lifecycle.cpp, the way down
// in lifecycle_stop.cpp.
class Reaction : public citus_init::lifecycle::Reaction<Machine> {
  public:
    using citus_init::lifecycle::Reaction<Machine>::Reaction;

    void on(const Started& started);
    void on(const ChildExited& exited);
    void on(const SpawnFailed& failed);
    void on(const ServerStatusChanged& changed);
    void on(const StopRequested& request);
    void on(const ReloadRequested& /*unused*/);
    void on(const AgentPrepared& /*unused*/);
    void on(const AgentReported& /*unused*/) { agent_reported(); }
    void on(const AgentFatal& fatal);
    void on(const BootstrapFailed& failed);
    void on(const TrafficAnswered& /*unused*/) { end_hold(); }
    void on(const OrphansGone& /*unused*/);
    void on(const TimerExpired& expired);

  private:
    void run(Step step, Child child);
    void begin_bootstrap();
    void validate_new_cluster();
    void start_bootstrap_server();
    void make_certificate();
    void validate();
    void prepare();
    void run_init_scripts();
    void stop_bootstrap_server();
    void sync_bootstrap();
    void complete_bootstrap();
    void start_server();
    void start_deadline_passed();
    void cancel_start_deadline();
    void server_status_changed();
    void start_agent();

    void one_shot_exited(const ChildExited& exited);
    void bootstrap_server_exited(const ChildExited& exited);
    void server_exited(const ChildExited& exited);
    void agent_exited(const ChildExited& exited);
    void clear_orphans();
    void restart();

    bool may_hold_traffic(StopMode mode) const;
    void hold_traffic();
    void end_hold();
    void stop_server(StopMode mode);
    void enter(StopStage stage);
    void stop_deadline_passed();
    void bootstrap_stop_requested(bool is_first);
    void stop_requested_again(StopMode mode, bool is_first);
    void orphans_stop_requested();
    static Finish end_of_stop(const ChildExited& exited);
    Finish end_after_crash() const;
    void abort(int code, std::string why);
    void abort_when_alone();
    void finish_abort();
    void kill_everything();
    void end(int code, std::string why);
};

}  // namespace citus_init::postgres::lifecycle
