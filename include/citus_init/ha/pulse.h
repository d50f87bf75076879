#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "citus_init/ha/member_status.h"

namespace citus_init::ha {

// How a member's manager answered one liveness request.
enum class Answer {
    alive,
    stuck,   // it answers, but its loop has not run for ttl seconds
    silent,  // no answer at all: it is frozen, or does not run
};

// "alive"
const char* answer_name(Answer answer);

// What one probe of this member's manager found. The agent probes, PID 1 acts
// (docs/high-availability.md).
struct Pulse {
    Answer answer = Answer::silent;
    std::optional<MemberRole> role;  // none: not known (yet)
    std::string state;    // MemberStatus::state: "running", "creating replica"; "" = not known
    bool paused = false;  // the cluster is in maintenance mode: nobody may intervene
    // How long ago the manager reached the configuration store; none: not known now.
    std::optional<std::chrono::seconds> store_age{};
    bool failsafe_active = false;  // and the primary stays one because all members answer it
    bool operator==(const Pulse&) const = default;
};

}  // namespace citus_init::ha
