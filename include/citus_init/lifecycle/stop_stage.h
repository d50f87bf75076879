#pragma once

#include "citus_init/lifecycle/events.h"

namespace citus_init::lifecycle {

// How far a stop has come; it never goes back. Each stage has a deadline, after which the next one
// is entered.
enum class StopStage {
    none,
    asked,      // whoever manages the server was asked to stop it; a machine may leave this out
    interrupt,  // fast shutdown: SIGINT to the server
    quit,       // immediate shutdown: SIGQUIT
    kill,       // SIGKILL
};

// The stage that a server of our own begins with.
StopStage stage_of(StopMode mode);

// The stage after another stop request: it means that the first was too slow, so whatever comes
// before an immediate shutdown is left out.
StopStage escalated(StopStage stage);

// What the server gets at `stage`, which is `interrupt` or a later one.
Signal signal_of(StopStage stage);

}  // namespace citus_init::lifecycle
