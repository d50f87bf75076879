#pragma once

#include <utility>
#include <vector>

#include "citus_init/postgres/lifecycle.h"

namespace citus_init::postgres::lifecycle {

// One step under way: the state as it changes and the effects that it has brought so far. The way
// up and the ends of processes are in lifecycle.cpp; stops, timers and the agent in
// lifecycle_stop.cpp.
class Machine {
  public:
    Machine(State state, Milliseconds now, const Policy& policy)
        : state_(std::move(state)), now_(now), policy_(policy) {}

    void on(const Started& started);
    void on(const ChildExited& exited);
    void on(const SpawnFailed& failed);
    void on(const ServerStatusChanged& changed);
    void on(const StopRequested& request);
    void on(const ReloadRequested& /*unused*/);
    void on(const AgentPrepared& /*unused*/);
    void on(const AgentAlive& /*unused*/);
    void on(const AgentFatal& fatal);
    void on(const BootstrapFailed& failed);
    void on(const TrafficAnswered& /*unused*/);
    void on(const OrphansGone& /*unused*/);
    void on(const TimerExpired& expired);

    Transition take() { return {std::move(state_), std::move(effects_)}; }

  private:
    void emit(Effect effect) { effects_.push_back(std::move(effect)); }
    void run(Step step, Child child);

    void make_certificate();
    void validate();
    void prepare();
    void run_init_scripts();
    void stop_bootstrap_server();
    void start_server();
    void start_deadline_passed();
    void cancel_start_deadline();
    void server_status_changed();

    void one_shot_exited(const ChildExited& exited);
    void bootstrap_server_exited(const ChildExited& exited);
    void server_exited(const ChildExited& exited);
    void agent_exited(const ChildExited& exited);

    static Finish end_of_stop(const ChildExited& exited);
    Finish end_after_crash() const;
    void clear_orphans();
    void restart();
    static Milliseconds backoff(Milliseconds first, int exponent);

    void start_agent();
    void stop_agent();
    void retry_agent();
    void agent_silence_expired();

    bool may_hold_traffic(StopMode mode) const;
    void hold_traffic();
    void end_hold();
    void stop_server(StopMode mode);
    void escalate(StopMode mode);
    void stop_deadline_passed();
    void abort(int code, std::string why);
    void abort_when_alone();
    void finish_abort();
    void kill_everything();
    void end(int code, std::string why);
    void finish();

    State state_;
    std::vector<Effect> effects_;
    Milliseconds now_;
    const Policy& policy_;
};

}  // namespace citus_init::postgres::lifecycle
