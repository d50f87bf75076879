#pragma once

#include <initializer_list>
#include <string>
#include <variant>
#include <vector>

#include "citus_init/lifecycle/events.h"
#include "citus_init/lifecycle/reaction.h"
#include "citus_init/lifecycle/stop_stage.h"

// The life of one node with a server of its own, as a machine of citus_init/lifecycle/events.h,
// which has what it shares with that of a member (patroni/lifecycle.h).
//
//   A fresh directory:  initdb and certificate side by side -> validation -> bootstrap server, on
//                       a Unix socket only -> preparation (database, extension) -> init scripts
//                       -> bootstrap server stopped -> sync -> server; where nothing needs that
//                       server: validation and the single-user session (database, extension) side
//                       by side -> sync -> server
//   An existing one:    certificate -> validation -> server        (each only where the plan says
//                       so)
//   An older one:       upgrade -> finished                        (then the start is planned anew)
//   One to be restored: restore -> finished                        (the same)
//   Then:               running -> stopping -> finished
//                       running -> holding traffic -> stopping, where the policy says so
//                       running -> clearing orphans -> (backoff ->) starting, when the server
//                       crashed
//
// A stop request is honoured in every step. While the bootstrap is incomplete a stop or a failure
// ends with `discard_bootstrap`, so that nothing incomplete stays behind.
namespace citus_init::postgres::lifecycle {

using namespace citus_init::lifecycle;  // what both machines share

enum class Step {
    initial,
    upgrade,
    restore,
    initdb,
    certificate,
    validation,
    single_user,  // the validation may live, too
    bootstrap_starting,
    preparation,
    init_scripts,
    bootstrap_stopping,
    bootstrap_syncing,  // nothing of the bootstrap was synced before
    server_starting,    // the postmaster lives, does not accept connections yet
    running,            // it accepts connections; `State::prepared`: whether Citus is ready, too
    clearing_orphans,   // the postmaster is gone, processes that it left behind are not
    waiting_to_restart,
    aborting,         // a bootstrap is being given up; children are still ending
    holding_traffic,  // about to stop: the coordinator is asked to let queries wait meanwhile
    stopping,         // the server was signalled to stop
    held,             // failed for good, kept up for inspection (CITUS_ON_FATAL=hold)
    finished,
};

// The processes that the machine asks for. At most one of each lives at a time.
enum class Child {
    upgrade,
    restore,
    initdb,
    certificate,
    validation,
    single_user,
    bootstrap_server,
    preparation,
    init_scripts,
    sync,
    server,
    agent
};

enum class Timer {
    stop_deadline,
    restart_delay,
    healthy,
    agent_restart,
    agent_deadline,
    hold_deadline,
    agent_silence,
    start_deadline
};

// From the status line of postmaster.pid (src/include/utils/pidfile.h), pg_control and
// standby.signal.
enum class ServerStatus {
    starting,
    ready,               // reads and writes
    standby_read_only,   // a hot standby, made to stay one
    recovery_read_only,  // archive recovery, to end some time: clients read what is not all there
                         // yet
    standby,             // lets nobody in (hot_standby = off)
    stopping
};
bool lets_clients_in(ServerStatus status);

// Which of the optional steps this start needs.
struct Plan {
    bool bootstrap = false;
    bool certificate = false;
    bool validation = false;
    bool init_scripts = false;
    bool only_bootstrap = false;  // end where the server would be started (docker-ensure-initdb.sh)
    bool upgrade = false;  // nothing else: bring the data directory to the server's major version
    bool restore = false;  // nothing else: fill the data directory from the repository
};

struct Policy {
    Milliseconds start_timeout{0};          // until the server accepts connections; 0: no limit
    Milliseconds stop_timeout{8'000};       // fast -> immediate, the hold included
    Milliseconds immediate_timeout{1'500};  // immediate -> SIGKILL
    AgentPolicy agent;                      // it reports every ten seconds
    Milliseconds agent_timeout{120'000};    // from its start to "prepared"
    int restart_limit = 5;
    Milliseconds restart_window{300'000};
    Milliseconds healthy_after{60'000};
    bool hold_on_fatal = false;
    // How long a stop waits for the coordinator to hold this node's traffic; 0: it does not ask.
    Milliseconds hold_timeout{0};
    // Whether readiness waits until the agent has prepared the node (Citus is on).
    bool agent_gates_readiness = false;
};

// --- Events ---

struct Started {
    Plan plan;
};
struct ChildExited {
    Child child = Child::server;
    int shell_code = 0;  // exit code, or 128 + signal
    // Servers only: what pg_control says. An immediate shutdown exits with 0, too.
    bool shut_down_clean = false;
    std::string why;  // "exit code 1", "signal 9 (SIGKILL)"
    // initdb only: no server has to prepare the cluster. It came from a template with its databases
    // and the extension, or a session in single-user mode makes them.
    bool is_prepared = false;
    bool needs_session =
        false;  // in single-user mode: for these, or to name a copy of the template
};
using SpawnFailed = citus_init::lifecycle::SpawnFailed<Child>;
struct ServerStatusChanged {
    ServerStatus status = ServerStatus::starting;
};
struct AgentPrepared {};
// AdvanceBootstrap or CompleteBootstrap failed (disk full, I/O error).
struct BootstrapFailed {
    int code = 0;
    std::string why;
};
// What the coordinator answered, whatever that is.
struct TrafficAnswered {};
using TimerExpired = citus_init::lifecycle::TimerExpired<Timer>;

using Event = std::variant<Started, ChildExited, SpawnFailed, ServerStatusChanged, StopRequested,
                           ReloadRequested, AgentPrepared, AgentReported, AgentFatal,
                           BootstrapFailed, TrafficAnswered, OrphansGone, TimerExpired>;

// --- Effects, to be executed in order ---

using Spawn = citus_init::lifecycle::Spawn<Child>;
// To the child itself; init_scripts: to its process group, since a shell does not pass signals on.
using SendSignal = citus_init::lifecycle::SendSignal<Child>;
using StartTimer = citus_init::lifecycle::StartTimer<Timer>;
using CancelTimer = citus_init::lifecycle::CancelTimer<Timer>;
// The agent, which lives, asks the coordinator. Answered by TrafficAnswered, or by its end.
struct HoldTraffic {};
struct AdvanceBootstrap {
    Step step = Step::initdb;
};  // note the phase in the marker; bootstrap_syncing: write what a complete directory has
struct CompleteBootstrap {};  // remove the marker: from here on the directory is a whole one
struct DiscardBootstrap {};   // remove everything that this bootstrap made

using Effect = std::variant<Spawn, SendSignal, StartTimer, CancelTimer, HoldTraffic, EndOrphans,
                            AdvanceBootstrap, CompleteBootstrap, DiscardBootstrap, ReloadSettings,
                            AnnounceReady, Warn, Finish>;

// --- State ---

struct State : CommonState<Step, Child> {
    Plan plan;
    bool bootstrapping = false;  // from Started until CompleteBootstrap
    // Of the cluster that is being made, as in ChildExited.
    bool is_prepared = false;
    bool needs_session = false;
    bool was_ready = false;  // this very server accepted connections once
    bool prepared = false;   // the agent has reported so since this server started
    ServerStatus server_status = ServerStatus::starting;
    ServerStatus served_as = ServerStatus::starting;  // the last one that accepted connections

    StopStage stop = StopStage::none;
    Milliseconds stop_began{0};  // the hold included
    Finish last_crash;

    std::vector<Milliseconds> restarts;  // of the server: when, within the window
    int backoff_exponent = 0;
    int total_restarts = 0;

    // Clients can use what was asked for; of a standby, for reading.
    bool ready(const Policy& policy) const;
};

// The types of this machine, for what is written for any (EventPump, Reaction, Supervisor).
struct Machine {
    using State = postgres::lifecycle::State;
    using Event = postgres::lifecycle::Event;
    using Effect = postgres::lifecycle::Effect;
    using Policy = postgres::lifecycle::Policy;
    using Step = postgres::lifecycle::Step;
    using Child = postgres::lifecycle::Child;
    using Timer = postgres::lifecycle::Timer;
    // Every one of them.
    static constexpr std::initializer_list<Timer> kTimers = {
        Timer::stop_deadline,  Timer::restart_delay, Timer::healthy,       Timer::agent_restart,
        Timer::agent_deadline, Timer::hold_deadline, Timer::agent_silence, Timer::start_deadline};
};
using Transition = citus_init::lifecycle::Transition<Machine>;

// `now` is any monotonic clock.
Transition step(const State& state, const Event& event, Milliseconds now, const Policy& policy);

const char* step_name(Step step);
const char* child_name(Child child);

// The diagram of docs/lifecycle.md: every transition that a walk over all reachable states finds.
std::string mermaid_diagram();

}  // namespace citus_init::postgres::lifecycle
