#pragma once

#include <chrono>
#include <string>

#include "citus_init/base/signal.h"

// What the lifecycle machines of PID 1 share: postgres/lifecycle.h (a server of its own) and
// patroni/lifecycle.h (a member that Patroni manages). Each is a pure function from a state and an
// event to a state and effects; it reads no clock, file or process, so that every order of events
// can be tried in a test. `Child` and `Timer` are the machine's own enumerations.
namespace citus_init::lifecycle {

using Milliseconds = std::chrono::milliseconds;

// PostgreSQL's shutdown modes; there is no smart one on purpose (docs/adr/0004).
enum class StopMode { fast, immediate };

// --- Events ---

// It could not be started, or what it needs could not be made: `code` is the exit code for that.
template <typename Child>
struct SpawnFailed {
    Child child{};
    std::string why;
    int code = 71;
};
struct StopRequested {
    StopMode mode = StopMode::fast;
};
struct ReloadRequested {};
// Any report of the agent that is no other event: it lives.
struct AgentReported {};
// It has found what another start would not mend.
struct AgentFatal {
    int code = 0;
    std::string why;
};
// What EndOrphans was for is done.
struct OrphansGone {};
template <typename Timer>
struct TimerExpired {
    Timer timer{};
};

// --- Effects, to be executed in order ---

template <typename Child>
struct Spawn {
    Child child{};
};
template <typename Child>
struct SendSignal {
    Child child{};
    Signal signal = Signal::terminate;
};
// (Re)starts it.
template <typename Timer>
struct StartTimer {
    Timer timer{};
    Milliseconds delay{0};
};
template <typename Timer>
struct CancelTimer {
    Timer timer{};
};
// What ended processes left behind, never a living postmaster: asked to end (a logger ends by
// itself once it has read all) or killed. Answered by OrphansGone once none is left.
struct EndOrphans {
    bool kill = true;
};
struct ReloadSettings {};  // re-read, render; then SIGHUP to the processes that read the files
struct AnnounceReady {};   // once per start of the server
struct Warn {
    std::string text;
};
// The exit status of PID 1. 0 only where the server, if there was one, shut down cleanly; else the
// code of what went wrong.
struct Finish {
    int code = 0;
    std::string why;
};

}  // namespace citus_init::lifecycle
