#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/ha/patroni/lifecycle.h"
#include "citus_init/lifecycle/event_pump.h"
#include "citus_init/node/node.h"
#include "citus_init/postgres/lifecycle.h"
#include "citus_init/process/children.h"
#include "citus_init/process/event_loop.h"
#include "citus_init/process/signals.h"
#include "citus_init/process/timer.h"
#include "citus_init/status/report.h"

#include "supervisor/agent_link.h"
#include "supervisor/http_process.h"
#include "supervisor/not_ready_log.h"
#include "supervisor/programs.h"
#include "supervisor/publisher.h"
#include "supervisor/server_log.h"

namespace citus_init::supervisor {

// The shell around a lifecycle machine (citus_init/lifecycle/): turns signals, ends of children,
// timers and the agent's reports into events, executes the effects, publishes the state. One
// thread, one loop; it decides nothing. What only one machine needs is in the class that derives
// from it: standalone/node_supervisor.h, patroni/member_supervisor.h. SIGTERM to exit code:
// received_signal() -> the machine's step() -> execute() -> child_ended() -> step() ->
// execute(Finish).
template <typename Machine>
class Supervisor {
  public:
    using State = typename Machine::State;
    using Event = typename Machine::Event;
    using Effect = typename Machine::Effect;
    using Policy = typename Machine::Policy;
    using Step = typename Machine::Step;
    using Child = typename Machine::Child;
    using Timer = typename Machine::Timer;

    virtual ~Supervisor() = default;
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    // Returns the exit status of PID 1 once the machine has finished.
    int run();
    // The last signal that asked for a stop; 0: none did.
    int stop_signal() const { return stop_signal_; }

  protected:
    // `node` must outlive it.
    Supervisor(node::Node& node, Policy policy);
    // Makes the loop and all that is watched. Before anything else is called. Errors: `os`.
    [[nodiscard]] Status set_up();

    // --- What the machine's own supervisor says ---

    // Posts Started, and what else there is to begin with.
    virtual void begin() = 0;
    // Posts what has happened without a signal, a timer or a report: before each of those is.
    virtual void observe() {}
    virtual void log_stop_request(int signal, lifecycle::StopMode mode);
    // Whether the child is given an end of the agent link.
    virtual bool reports(Child child) const = 0;
    // How a child is started, once what has to be there is: files, its log. `report_end` is its end
    // of the agent link, -1 for one that does not report.
    [[nodiscard]] virtual Result<Program> prepare(Child child, int report_end) = 0;
    virtual void child_started(Child /*child*/, pid_t /*pid*/) {}
    // Posts ChildExited.
    virtual void child_ended(Child child, process::ExitStatus status) = 0;
    // A report of a kind that only this machine's agent sends.
    virtual void take_report(const status::Report& report) = 0;
    // Its files are new ones.
    virtual void certificate_renewed() {}
    // Before it is published.
    virtual void membership_reported(const status::Membership& /*membership*/) {}
    // The nodes connect from other addresses than before, which the node knows by now.
    virtual void peers_changed() = 0;
    // Kills what ended processes have left behind. Whether there was anything.
    virtual bool kill_leftovers();
    virtual void execute_effect(const Effect& effect) = 0;
    // The rest of what is published: phase, condition, node, postmaster, restarts, and what only
    // this machine's agent reports.
    virtual void describe(status::NodeStatus& published) const = 0;

    // --- Effects of every machine ---

    void execute(const lifecycle::Spawn<Child>& effect);
    void execute(const lifecycle::SendSignal<Child>& effect);
    void execute(const lifecycle::StartTimer<Timer>& effect);
    void execute(const lifecycle::CancelTimer<Timer>& effect);
    void execute(const lifecycle::EndOrphans& effect);
    void execute(const lifecycle::Warn& effect);
    void execute(const lifecycle::Finish& effect);

    // --- For the machine's own supervisor ---

    void post(Event event) { pump_.post(std::move(event)); }
    // The agent has reported: it lives, and what is published may have changed.
    void reported();
    void publish();

    const State& state() const { return pump_.state(); }
    const Policy& policy() const { return pump_.policy(); }
    // Holds from the next event on.
    Policy& policy() { return pump_.policy(); }
    // 0: it does not run.
    pid_t pid_of(Child child) const;
    // A process that another one started, as `child`. False where it does not run or is not ours.
    bool adopt(Child child, pid_t pid);
    // One that was stopped (SIGSTOP) is continued where `signal` asks it to end: it takes it then.
    void signal_process(pid_t pid, Signal signal) const;
    // SIGKILL to every child and orphan.
    void kill_children();
    process::EventLoop& loop() { return *loop_; }
    process::Children& children() { return children_; }
    ServerLog& server_log() { return server_log_; }
    const log::Feed& log_feed() const { return log_feed_; }
    // Null where nobody reports.
    AgentLink* agent_link() { return agent_link_.get(); }
    // After the settings were read anew.
    void reload_http() { http_->reload(); }

  private:
    [[nodiscard]] Status add_timer(Timer timer);
    void warn_of_cut_off_stop() const;
    void received_signal(int signal);
    void request_stop(int signal, lifecycle::StopMode mode);
    [[nodiscard]] Result<pid_t> start(Child child);
    void take_child_end(Child child, process::ExitStatus status);
    void take_agent_report(const std::string& line);
    bool terminate_orphans();
    void check_orphans();
    status::NodeStatus snapshot() const;

    node::Node& node_;
    lifecycle::EventPump<Machine> pump_;

    std::unique_ptr<process::EventLoop> loop_;
    std::unique_ptr<process::SignalSource> signals_;
    std::map<Timer, std::unique_ptr<process::Timer>> timers_;
    process::Children children_;
    std::map<Child, pid_t> pids_;
    std::unique_ptr<AgentLink> agent_link_;
    log::Feed log_feed_;  // before those that write to it
    ServerLog server_log_;
    Publisher publisher_;
    std::unique_ptr<NotReadyReporter> not_ready_;
    std::unique_ptr<HttpProcess> http_;

    void note_step();

    status::Membership membership_;      // as the agent reported it
    std::int64_t certificate_ends_ = 0;  // the same
    // The phase that was published last, and since when.
    std::optional<status::Phase> published_phase_;
    std::string published_since_;
    int agent_restarts_ = 0;
    std::vector<status::StepTime> steps_;
    Step last_step_{};
    std::chrono::steady_clock::time_point step_began_ = std::chrono::steady_clock::now();
    bool waiting_for_orphans_ = false;
    bool kill_orphans_ = false;
    int exit_code_ = 0;
    int stop_signal_ = 0;
};

extern template class Supervisor<postgres::lifecycle::Machine>;
extern template class Supervisor<patroni::lifecycle::Machine>;

}  // namespace citus_init::supervisor
