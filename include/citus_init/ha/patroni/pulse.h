#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "citus_init/ha/patroni/version.h"

namespace citus_init::patroni {

// How Patroni took one question on its REST API, GET /liveness.
enum class Answer {
    alive,
    stuck,   // 503: it answers, but its loop has not turned for ttl seconds
    silent,  // no HTTP answer at all: it is frozen, or does not run
};

// What one look at Patroni on this node told. The agent looks, PID 1 acts
// (docs/high-availability.md).
struct Pulse {
    Answer answer = Answer::silent;
    std::optional<MemberRole> role;  // none: not known (yet)
    std::string state;    // Patroni's word: "running", "creating replica"; "" = not known
    bool paused = false;  // the cluster is in maintenance mode: nobody may intervene
    // How long ago Patroni reached the configuration store; none: not known now.
    std::optional<std::chrono::seconds> store_age{};
    bool failsafe_active = false;  // and the primary stays one because all members answer it
    bool operator==(const Pulse&) const = default;
};

const char* member_role_name(MemberRole role);

std::string to_json(const Pulse& pulse);
// None where it is no such object. Unknown keys are ignored. Pure, for any bytes.
std::optional<Pulse> pulse_from_json(const std::string& json);

}  // namespace citus_init::patroni
