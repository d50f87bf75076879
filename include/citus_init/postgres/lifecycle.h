#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "citus_init/base/signal.h"

// The life of one node as a pure state machine: what happened goes in, what is to be done comes
// out. It reads no clock, file or process, so that every order of events can be tried in a test.
//
//   A fresh directory:  initdb -> certificate -> bootstrap server (Unix socket only) -> preparation
//                       (database, extension) -> init scripts -> bootstrap server stopped -> server
//   An existing one:    certificate -> validation -> server        (each only where the plan says
//   so) Then:               running -> stopping -> finished
//                       running -> holding traffic -> stopping, where the policy says so
//                       running -> clearing orphans -> (backoff ->) starting, when the server
//                       crashed
//
// A stop request is honoured in every step. While the bootstrap is incomplete a stop or a failure
// ends with `discard_bootstrap`, so that nothing half-made stays behind.
namespace citus_init::postgres::lifecycle {

using Milliseconds = std::chrono::milliseconds;

enum class Step {
    initial,
    initdb,
    certificate,
    validation,
    bootstrap_starting,
    preparation,
    init_scripts,
    bootstrap_stopping,
    server_starting,  // the postmaster lives, does not accept connections yet
    running,          // it accepts connections; `State::prepared` tells whether Citus is ready, too
    clearing_orphans,  // the postmaster is gone, processes that it left behind are not
    waiting_to_restart,
    aborting,         // a bootstrap is being given up; children are still ending
    holding_traffic,  // about to stop: the coordinator is asked to let queries wait meanwhile
    stopping,         // the server was told to stop
    held,             // failed for good, kept up for a look inside (CITUS_ON_FATAL=hold)
    finished,
};

// The processes that the machine asks for. At most one of each lives at a time.
enum class Child {
    initdb,
    certificate,
    validation,
    bootstrap_server,
    preparation,
    init_scripts,
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

// PostgreSQL's shutdown modes; there is no smart one on purpose (docs/adr/0004).
enum class StopMode { fast, immediate };

// Which of the optional steps this start needs.
struct Plan {
    bool bootstrap = false;
    bool certificate = false;
    bool validation = false;
    bool init_scripts = false;
    bool only_bootstrap = false;  // end where the server would be started (docker-ensure-initdb.sh)
};

struct Policy {
    Milliseconds start_timeout{0};          // until the server accepts connections; 0: no limit
    Milliseconds stop_timeout{8'000};       // fast -> immediate, the hold included
    Milliseconds immediate_timeout{1'500};  // immediate -> SIGKILL
    Milliseconds agent_timeout{120'000};    // from its start to "prepared"
    Milliseconds agent_silence{30'000};     // it sends AgentAlive each ten seconds
    Milliseconds agent_last_chance{5'000};  // after that: all of a container may have stood still
    int restart_limit = 5;
    Milliseconds restart_window{300'000};
    Milliseconds healthy_after{60'000};
    bool hold_on_fatal = false;
    // How long a stop waits for the coordinator to hold this node's traffic; 0: it does not ask.
    Milliseconds hold_timeout{0};
    // Whether readiness waits for the agent's word (Citus is on).
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
};
struct SpawnFailed {
    Child child = Child::server;
    std::string why;
};
struct ServerStatusChanged {
    ServerStatus status = ServerStatus::starting;
};
struct StopRequested {
    StopMode mode = StopMode::fast;
};
struct ReloadRequested {};
struct AgentPrepared {};
// A heartbeat. It is the only event that comes while nothing happens.
struct AgentAlive {};
struct AgentFatal {
    int code = 0;
    std::string why;
};
// AdvanceBootstrap or CompleteBootstrap could not be carried out (disk full, I/O error).
struct BootstrapFailed {
    int code = 0;
    std::string why;
};
// What the coordinator answered, whatever that is.
struct TrafficAnswered {};
struct OrphansGone {};
struct TimerExpired {
    Timer timer = Timer::stop_deadline;
};

using Event = std::variant<Started, ChildExited, SpawnFailed, ServerStatusChanged, StopRequested,
                           ReloadRequested, AgentPrepared, AgentAlive, AgentFatal, BootstrapFailed,
                           TrafficAnswered, OrphansGone, TimerExpired>;

// --- Effects, to be carried out in order ---

struct Spawn {
    Child child = Child::server;
};
// To the child itself; init_scripts: to its process group, since a shell does not pass signals on.
struct SendSignal {
    Child child = Child::server;
    Signal signal = Signal::terminate;
};
struct StartTimer {
    Timer timer = Timer::stop_deadline;
    Milliseconds delay{0};
};
struct CancelTimer {
    Timer timer = Timer::stop_deadline;
};
// The agent, which lives, asks the coordinator. Answered by TrafficAnswered, or by its end.
struct HoldTraffic {};
// What a dead server left behind: asked to end (its logger ends by itself once it has read all) or
// killed. Answered by OrphansGone once none is left.
struct EndOrphans {
    bool kill = true;
};
struct AdvanceBootstrap {
    Step step = Step::initdb;
};                            // note the phase in the marker
struct CompleteBootstrap {};  // remove the marker: from here on the directory is a whole one
struct DiscardBootstrap {};   // remove everything that this bootstrap made
struct ReloadSettings {};     // re-read, render, SIGHUP
struct AnnounceReady {};      // once per start of the server
// 0 only where the server, if there was one, shut down cleanly; else the code of what went wrong.
struct Finish {
    int code = 0;
    std::string why;
};

using Effect = std::variant<Spawn, SendSignal, StartTimer, CancelTimer, HoldTraffic, EndOrphans,
                            AdvanceBootstrap, CompleteBootstrap, DiscardBootstrap, ReloadSettings,
                            AnnounceReady, Finish>;

// --- State ---

struct State {
    Step step = Step::initial;
    Plan plan;
    std::set<Child> alive;
    bool bootstrapping = false;  // from Started until CompleteBootstrap
    bool was_ready = false;      // this very server accepted connections once
    bool prepared = false;       // the agent has said so since this server started
    ServerStatus server_status = ServerStatus::starting;
    ServerStatus served_as = ServerStatus::starting;  // the last one that accepted connections

    bool stop_requested = false;
    StopMode stop_mode = StopMode::fast;
    Milliseconds hold_asked_at{0};  // while holding_traffic
    // Set: the node is on its way out, with this code, once what lives has ended.
    std::optional<Finish> ending;
    Finish last_crash;

    bool agent_reloading = false;        // its end was asked for, to start it anew
    bool agent_suspected = false;        // it has been silent; once more, and it is killed
    bool agent_silent = false;           // it was killed for it, and no other has reported since
    int agent_failures = 0;              // in a row, for its backoff
    std::vector<Milliseconds> restarts;  // of the server: when, within the window
    int backoff_exponent = 0;
    int total_restarts = 0;

    // Clients can use what was asked for; of a standby, for reading.
    bool ready(const Policy& policy) const;
};

struct Transition {
    State state;
    std::vector<Effect> effects;
};

// `now` is any monotonic clock.
Transition step(const State& state, const Event& event, Milliseconds now, const Policy& policy);

const char* step_name(Step step);
const char* child_name(Child child);

// The diagram of docs/lifecycle.md: every transition that a walk over all reachable states finds.
std::string mermaid_diagram();

}  // namespace citus_init::postgres::lifecycle
