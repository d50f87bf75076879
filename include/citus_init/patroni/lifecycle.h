#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "citus_init/base/signal.h"
#include "citus_init/patroni/pulse.h"

// The life of a member that Patroni manages, as a pure state machine: what happened goes in, what
// is to be done comes out. It reads no clock, file or process, so that every order of events can be
// tried in a test. The life of a node without Patroni is postgres/lifecycle.h.
//
//   certificate -> waiting for the DCS -> supervising         (each only where the plan says so)
//   supervising -> last words -> clearing orphans (-> waiting) -> supervising     Patroni ended
//   supervising -> ending the server -> clearing orphans -> supervising           the watchdog
//   anything    -> stopping -> clearing orphans -> finished
//
// Patroni is PID 1's child; the postmaster is Patroni's work and an orphan that came to PID 1, so
// it is no Child here: it is seen, and it is gone.
//
// The watchdog: a primary whose Patroni is dead or frozen does not learn that its leader key has
// run out, so it has to end before another member is promoted (docs/adr/0021). It acts on what is
// known only: several unanswered questions in a row, of a Patroni that has answered before. That
// nobody asks (no agent) proves nothing.
namespace citus_init::patroni::lifecycle {

using Milliseconds = std::chrono::milliseconds;

enum class Step {
    initial,
    certificate,
    dcs_wait,
    supervising,         // Patroni runs
    exit_diagnosis,      // Patroni has ended; what it said last is on its way
    clearing_orphans,    // what Patroni or the postmaster left behind is being ended
    waiting_to_restart,  // Patroni has ended more than once
    ending_server,       // the postmaster has to end before Patroni starts again
    stopping,
    held,  // failed for good, kept up for a look inside (CITUS_ON_FATAL=hold)
    finished,
};

// The processes that the machine asks for. At most one of each lives at a time.
enum class Child { certificate, dcs_wait, patroni, agent };

enum class Timer { stop_stage, restart_delay, server_deadline, agent_restart, agent_silence };

enum class StopMode { fast, immediate };

// How far a stop has come; never a step back.
enum class StopStage {
    none,
    asked,      // Patroni was told to stop, which stops the server
    interrupt,  // the server was told to stop fast
    quit,       // to stop at once
    kill,       // everything
};

// Which of the optional steps this start needs.
struct Plan {
    bool certificate = false;
    bool dcs_wait = false;
};

struct Policy {
    // Half of it is Patroni's, then the postmaster is told to stop fast; at 75 % at once; at 95 %
    // everything is killed, or as soon as the server is gone and Patroni does not go; then it is
    // the end whatever still lives.
    Milliseconds stop_timeout{60'000};
    Milliseconds immediate_timeout{1'500};  // of an immediate stop: from SIGQUIT to SIGKILL
    // How long a primary may live without a sign of life of its Patroni, see patience_of(). May be
    // another one at each step.
    Milliseconds patience{12'000};
    // How old its Patroni's last contact with the configuration store may be, see
    // store_patience_of(). The same.
    Milliseconds store_patience{13'000};
    Milliseconds server_timeout{10'000};  // of the server being ended, from one signal to the next
    Milliseconds short_life{60'000};      // a Patroni that ended earlier has failed
    Milliseconds agent_silence{8'000};
    Milliseconds agent_start{30'000};  // from its start to its first report
    // Below 3.3: over a running primary it would forget synchronous replication (patroni#2876).
    bool old_patroni = false;
    bool hold_on_fatal = false;
};

// --- Events ---

struct Started {
    Plan plan;
};
struct ChildExited {
    Child child = Child::patroni;
    int shell_code = 0;  // exit code, or 128 + signal
    std::string why;     // "exit code 1", "signal 9 (SIGKILL)"
};
struct SpawnFailed {
    Child child = Child::patroni;
    std::string why;
};
// What Patroni's last message before its end tells, see exit_diagnosis.h.
enum class Complaint {
    none,
    other,
    other_cluster,  // the data directory belongs to another cluster
    same_name,      // another member of this name runs
};
struct ExitDiagnosis {
    Complaint complaint = Complaint::none;
    std::string text;
    // The data directory holds a cluster that a failed bootstrap left, and Patroni would take it
    // for a whole one: it could not be moved away.
    bool incomplete = false;
};
// A postmaster runs on the data directory; told again when what it is has changed.
struct PostmasterSeen {
    bool primary = false;  // there is no standby.signal
};
struct PostmasterGone {
    int shell_code = 0;
    bool clean = false;  // what pg_control says
};
struct PulseTaken {
    Pulse pulse;
};
// PID 1 was not run for so long, and neither was anything else here: the container was paused, or
// the machine suspended.
struct StoodStill {
    Milliseconds gap{0};
};
// What clients wait for, "" = nothing.
struct ReadinessTold {
    std::string reason;
};
// Any other report of the agent.
struct AgentReported {};
struct AgentFatal {
    int code = 0;
    std::string why;
};
struct StopRequested {
    StopMode mode = StopMode::fast;
};
struct ReloadRequested {};
struct OrphansGone {};
struct TimerExpired {
    Timer timer = Timer::stop_stage;
};

using Event = std::variant<Started, ChildExited, SpawnFailed, ExitDiagnosis, PostmasterSeen,
                           PostmasterGone, PulseTaken, StoodStill, ReadinessTold, AgentReported,
                           AgentFatal, StopRequested, ReloadRequested, OrphansGone, TimerExpired>;

// --- Effects, to be carried out in order ---

struct Spawn {
    Child child = Child::patroni;
};
struct SendSignal {
    Child child = Child::patroni;
    Signal signal = Signal::terminate;
};
struct SignalPostmaster {
    Signal signal = Signal::interrupt;
};
struct StartTimer {
    Timer timer = Timer::stop_stage;
    Milliseconds delay{0};
};
struct CancelTimer {
    Timer timer = Timer::stop_stage;
};
// Patroni has ended. Answered by ExitDiagnosis, soon.
struct ReadExitDiagnosis {};
// What is left of Patroni's and the server's processes, never a living postmaster. Asked to end (a
// logger ends by itself once it has read all) or killed. Answered by OrphansGone once none is left.
struct EndOrphans {
    bool kill = true;
};
// Every process of ours, the postmaster too.
struct KillEverything {};
struct ReloadSettings {};  // re-read, render; SIGHUP follows once the certificate is there
struct AnnounceReady {};   // once per postmaster
struct Warn {
    std::string text;
};
struct Finish {
    int code = 0;
    std::string why;
};

using Effect =
    std::variant<Spawn, SendSignal, SignalPostmaster, StartTimer, CancelTimer, ReadExitDiagnosis,
                 EndOrphans, KillEverything, ReloadSettings, AnnounceReady, Warn, Finish>;

// --- State ---

struct Postmaster {
    bool primary = false;
    bool announced = false;  // AnnounceReady was emitted
};

struct State {
    Step step = Step::initial;
    Plan plan;
    std::set<Child> alive;
    std::optional<Postmaster> postmaster;

    Milliseconds patroni_started{0};
    int patroni_failures = 0;  // in a row
    int restarts = 0;          // of Patroni
    std::string last_failure;  // why Patroni is to be started again, "" = it never ended
    int exit_code = 0;         // Patroni's, for its last words

    // The watchdog's.
    bool armed = false;          // Patroni has answered once since it was started by the watchdog
    Milliseconds last_alive{0};  // when Patroni last answered
    int unanswered = 0;          // pulses in a row
    bool paused = false;         // as Patroni last told
    std::string patroni_state;   // its word for what it does, as it last told
    Signal server_signal = Signal::interrupt;  // the last one, while ending_server

    std::optional<std::string> readiness;  // none: not told by this agent
    bool agent_reloading = false;          // its end was asked for, to start it anew
    int agent_failures = 0;                // in a row, for its backoff

    StopStage stop = StopStage::none;
    Milliseconds stop_began{0};
    bool stop_requested = false;
    bool stop_at_once = false;      // it was asked for so, or twice
    bool server_to_stop = false;    // a postmaster lived during the stop
    bool server_has_ended = false;  // one did, and no other was seen since
    PostmasterGone server_ended;    // how the last one did
    // Set: the member is on its way out, with this code, once what lives has ended.
    std::optional<Finish> ending;

    // Clients can use what was asked for.
    bool ready() const;
};

struct Transition {
    State state;
    std::vector<Effect> effects;
};

// Whether a primary that stood still for `gap` may have lost its lease meanwhile, so that Patroni
// and the server have to end before either goes on. The shell does that before it posts StoodStill:
// everything in the container goes on at the same instant.
bool must_end_after(const State& state, Milliseconds gap, const Policy& policy);

// `now` is any monotonic clock.
Transition step(const State& state, const Event& event, Milliseconds now, const Policy& policy);

const char* step_name(Step step);
const char* child_name(Child child);

}  // namespace citus_init::patroni::lifecycle
