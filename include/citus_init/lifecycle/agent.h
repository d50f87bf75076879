#pragma once

#include <string>

#include "citus_init/lifecycle/events.h"

namespace citus_init::lifecycle {

// The agent's supervision, the same in every machine (reaction.h): it is started again when it ends
// unexpectedly, with a backoff; one that is silent is killed first.
struct AgentPolicy {
    Milliseconds start{30'000};    // from its start to its first report
    Milliseconds silence{30'000};  // from one report to the next
    // After that: all of the container may have stood still, and then its reports are on their way.
    Milliseconds last_chance{5'000};
    Milliseconds restart_delay{1'000};   // doubled with each failure in a row
    Milliseconds healthy_after{60'000};  // one that ended earlier has failed

    // How long an agent may be silent that was heard of before.
    Milliseconds longest_silence() const { return silence + last_chance; }
};

struct AgentState {
    Milliseconds started{0};
    bool reloading = false;  // its end was asked for, to start it anew
    bool stopping = false;   // the same, for good
    bool suspected = false;  // it has been silent; once more, and it is killed
    bool silent = false;     // it was killed for it, and no other has reported since
    int failures = 0;        // in a row
};

// Why it is killed, for the log and for what `health` says meanwhile.
std::string silence_text(const AgentPolicy& policy);

}  // namespace citus_init::lifecycle
