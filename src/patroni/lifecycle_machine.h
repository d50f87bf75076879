#pragma once

#include <utility>
#include <vector>

#include "citus_init/patroni/lifecycle.h"

namespace citus_init::patroni::lifecycle {

// One step under way: the state as it changes and the effects that it has brought so far. The way
// up and Patroni's end are in lifecycle.cpp, the watchdog and the agent in lifecycle_watchdog.cpp,
// the way down in lifecycle_stop.cpp.
class Machine {
  public:
    Machine(State state, Milliseconds now, const Policy& policy)
        : state_(std::move(state)), now_(now), policy_(policy) {}

    void on(const Started& started);
    void on(const ChildExited& exited);
    void on(const SpawnFailed& failed);
    void on(const ExitDiagnosis& words);
    void on(const PostmasterSeen& seen);
    void on(const PostmasterGone& gone);
    void on(const PulseTaken& taken);
    void on(const StoodStill& still);
    void on(const ReadinessTold& reported);
    void on(const AgentReported& /*unused*/);
    void on(const AgentFatal& fatal);
    void on(const StopRequested& request);
    void on(const ReloadRequested& /*unused*/);
    void on(const OrphansGone& /*unused*/);
    void on(const TimerExpired& expired);

    Transition take() { return {std::move(state_), std::move(effects_)}; }

  private:
    void emit(Effect effect) { effects_.push_back(std::move(effect)); }
    void spawn(Child child);
    bool lives(Child child) const { return state_.alive.contains(child); }

    void make_certificate();
    void wait_for_dcs();
    void start_patroni();
    void certificate_exited(const ChildExited& exited);
    void dcs_wait_exited(const ChildExited& exited);
    void patroni_exited(const ChildExited& exited);
    void note_failure(std::string why);
    void clear_orphans();
    void restart();
    static Milliseconds backoff(int failures);

    bool must_end(const Pulse& pulse) const;
    bool has_lost_store(const Pulse& pulse) const;
    bool is_watched() const;
    bool is_unguarded() const;
    void guard(const std::string& why);
    void end_server(Signal signal);
    void server_deadline_passed();
    void continue_after_server();

    void start_agent();
    void agent_exited(const ChildExited& exited);
    void retry_agent();
    void agent_reported();

    void stop(StopMode mode);
    void enter(StopStage stage);
    void escalate();
    void stop_stage_passed();
    void set_stop_timer();
    void continue_stop();
    void stop_late_server();
    void end(int code, std::string why);
    void finish();

    State state_;
    std::vector<Effect> effects_;
    Milliseconds now_;
    const Policy& policy_;
};

}  // namespace citus_init::patroni::lifecycle
