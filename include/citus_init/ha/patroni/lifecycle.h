#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <variant>

#include "citus_init/ha/pulse.h"
#include "citus_init/lifecycle/events.h"
#include "citus_init/lifecycle/reaction.h"
#include "citus_init/lifecycle/stop_stage.h"

// The life of a member that Patroni manages, as a machine of citus_init/lifecycle/events.h, which
// has what it shares with that of a node without Patroni (postgres/lifecycle.h).
//
//   certificate -> waiting for the DCS -> supervising         (each only where the plan says so)
//   waiting for the DCS -> finished                          its group is restored first (ADR 87)
//   supervising -> exit diagnosis -> clearing orphans (-> waiting) -> supervising Patroni ended
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

using namespace citus_init::lifecycle;  // what both machines share

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
    held,  // failed for good, kept up for inspection (CITUS_ON_FATAL=hold)
    finished,
};

// The processes that the machine asks for. At most one of each lives at a time.
enum class Child { certificate, dcs_wait, patroni, agent };

enum class Timer { stop_deadline, restart_delay, server_deadline, agent_restart, agent_silence };

// Which of the optional steps this start needs.
struct Plan {
    bool certificate = false;
    bool dcs_wait = false;
};

struct Policy {
    // Patroni is asked first. At 50 % SIGINT to the postmaster, at 75 % SIGQUIT, at 95 % SIGKILL to
    // all; the latter also as soon as the server is gone and Patroni does not end, or while it
    // makes the data directory, which it would wait for. Then it is the end whatever still lives.
    Milliseconds stop_timeout{60'000};
    Milliseconds immediate_timeout{1'500};  // of an immediate stop: from SIGQUIT to SIGKILL
    // How long a primary may live without an answer of its Patroni, see answer_timeout_of(). May
    // be another one at each step.
    Milliseconds answer_timeout{12'000};
    // How old its Patroni's last contact with the configuration store may be, see
    // store_timeout_of(). The same.
    Milliseconds store_timeout{13'000};
    Milliseconds server_timeout{10'000};  // of the server being ended, from one signal to the next
    Milliseconds short_life{60'000};      // a Patroni that ended earlier has failed
    // It asks Patroni at least every three seconds and reports the answer, which two requests may
    // wait for, 2 s each.
    AgentPolicy agent{.silence = Milliseconds(7'000), .last_chance = Milliseconds(2'000)};
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
using SpawnFailed = citus_init::lifecycle::SpawnFailed<Child>;
// Why Patroni ended, by its last message, see exit_diagnosis.h.
enum class ExitCause {
    none,
    other,
    other_cluster,  // the data directory belongs to another cluster
    same_name,      // another member of this name runs
};
struct ExitDiagnosis {
    ExitCause cause = ExitCause::none;
    std::string text;
    // The data directory holds a cluster that a failed bootstrap left, and Patroni would take it
    // for a whole one: it could not be moved away.
    bool incomplete = false;
    // Patroni ended in the middle of a bootstrap. A server may run on what is there.
    bool interrupted = false;
};
// Patroni makes the data directory, or the one that it replaces is gone; no server runs. Posted
// when that has changed.
struct CreationSeen {
    bool creating = false;
};
// A postmaster runs on the data directory; posted again when what it is has changed.
struct PostmasterSeen {
    bool primary = false;  // there is no standby.signal
};
struct PostmasterGone {
    int shell_code = 0;
    bool clean = false;  // what pg_control says
};
struct PulseTaken {
    ha::Pulse pulse;
};
// PID 1 was not run for so long, and neither was anything else here: the container was paused, or
// the machine suspended.
struct StoodStill {
    Milliseconds gap{0};
};
// The agent's: what clients wait for, "" = nothing.
struct ReadinessReported {
    std::string reason;
};
// The wait for the DCS has found that this member restores its group from the repository.
struct RestoreClaimed {};
using TimerExpired = citus_init::lifecycle::TimerExpired<Timer>;

using Event = std::variant<Started, ChildExited, SpawnFailed, ExitDiagnosis, CreationSeen,
                           PostmasterSeen, PostmasterGone, PulseTaken, StoodStill,
                           ReadinessReported, RestoreClaimed, AgentReported, AgentFatal,
                           StopRequested, ReloadRequested, OrphansGone, TimerExpired>;

// --- Effects, to be executed in order ---

using Spawn = citus_init::lifecycle::Spawn<Child>;
using SendSignal = citus_init::lifecycle::SendSignal<Child>;
struct SignalPostmaster {
    Signal signal = Signal::interrupt;
};
using StartTimer = citus_init::lifecycle::StartTimer<Timer>;
using CancelTimer = citus_init::lifecycle::CancelTimer<Timer>;
// SIGTERM to Patroni's children, not to the postmaster: what makes the data directory ends.
struct TerminateCreation {};
// Patroni has ended. Answered by ExitDiagnosis, soon.
struct ReadExitDiagnosis {};
// Every process of ours, the postmaster too.
struct KillEverything {};

using Effect = std::variant<Spawn, SendSignal, SignalPostmaster, StartTimer, CancelTimer,
                            TerminateCreation, ReadExitDiagnosis, EndOrphans, KillEverything,
                            ReloadSettings, AnnounceReady, Warn, Finish>;

// --- State ---

struct Postmaster {
    bool primary = false;
    bool announced = false;  // AnnounceReady was emitted
};

struct State : CommonState<Step, Child> {
    Plan plan;
    std::optional<Postmaster> postmaster;
    bool creating = false;  // the data directory is being made, and no server runs
    bool restores = false;  // it ends before Patroni is started, for the restore of its group

    Milliseconds patroni_started{0};
    int patroni_failures = 0;  // in a row
    int restarts = 0;          // of Patroni
    std::string last_failure;  // why Patroni is to be started again, "" = it never ended
    int exit_code = 0;         // Patroni's, for its diagnosis

    // The watchdog's.
    bool armed = false;          // Patroni has answered once since it was started by the watchdog
    Milliseconds last_alive{0};  // when Patroni last answered
    int unanswered = 0;          // pulses in a row
    bool paused = false;         // as Patroni last reported
    std::string patroni_state;   // the same, see Pulse::state
    Signal server_signal = Signal::interrupt;  // the last one, while ending_server

    std::optional<std::string> readiness;  // none: this agent has not reported it

    StopStage stop = StopStage::none;
    Milliseconds stop_began{0};
    bool stop_at_once = false;      // it was asked for so, or twice
    bool server_to_stop = false;    // a postmaster lived during the stop
    bool server_has_ended = false;  // one did, and no other was seen since
    PostmasterGone server_ended;    // how the last one did

    // Clients can use what was asked for.
    bool ready() const;
};

// The types of this machine, for what is written for any (EventPump, Reaction, Supervisor).
struct Machine {
    using State = patroni::lifecycle::State;
    using Event = patroni::lifecycle::Event;
    using Effect = patroni::lifecycle::Effect;
    using Policy = patroni::lifecycle::Policy;
    using Step = patroni::lifecycle::Step;
    using Child = patroni::lifecycle::Child;
    using Timer = patroni::lifecycle::Timer;
    // Every one of them.
    static constexpr std::initializer_list<Timer> kTimers = {
        Timer::stop_deadline, Timer::restart_delay, Timer::server_deadline, Timer::agent_restart,
        Timer::agent_silence};
};
using Transition = citus_init::lifecycle::Transition<Machine>;

// Whether a primary that stood still for `gap` may have lost its lease meanwhile, so that Patroni
// and the server have to end before either goes on. The shell does that before it posts StoodStill:
// everything in the container goes on at the same instant.
bool must_end_after(const State& state, Milliseconds gap, const Policy& policy);

// `now` is any monotonic clock.
Transition step(const State& state, const Event& event, Milliseconds now, const Policy& policy);

const char* step_name(Step step);
const char* child_name(Child child);

// The diagram of docs/lifecycle.md: every transition that a walk over all reachable states finds.
std::string mermaid_diagram();

}  // namespace citus_init::patroni::lifecycle
