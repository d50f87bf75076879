#pragma once

#include <string>

#include "citus_init/postgres/lifecycle.h"

#include "support/driven_machine.h"

namespace citus_init::postgres::lifecycle {

struct NodeEffectNames : citus_init::lifecycle::EffectNames<Machine> {
    using EffectNames::operator();

    std::string operator()(const StartTimer& effect) const {
        return "timer " + std::to_string(static_cast<int>(effect.timer)) + " " +
               std::to_string(effect.delay.count());
    }
    std::string operator()(const HoldTraffic& /*effect*/) const { return "hold traffic"; }
    std::string operator()(const AdvanceBootstrap& effect) const {
        return std::string("phase ") + step_name(effect.step);
    }
    std::string operator()(const CompleteBootstrap& /*effect*/) const { return "complete"; }
    std::string operator()(const DiscardBootstrap& /*effect*/) const { return "discard"; }
};

class Node : public citus_init::lifecycle::DrivenMachine<Node, Machine, NodeEffectNames> {
  public:
    explicit Node(Policy policy = {}) : DrivenMachine(policy) {}

    Node& exits(Child child, int code = 0, bool clean = true) {
        return happens(ChildExited{child, code, clean, "exit code " + std::to_string(code)});
    }
    Node& running() { return happens(Started{}).happens(ServerStatusChanged{ServerStatus::ready}); }
    Node& crashes() {
        exits(Child::server, 137, false);
        if (state().alive.contains(Child::agent)) {
            exits(Child::agent, 143);
        }
        return happens(OrphansGone{});
    }
};

inline Policy with_citus() {
    Policy policy;
    policy.agent_gates_readiness = true;
    return policy;
}

inline Policy with_hold() {
    Policy policy = with_citus();
    policy.hold_timeout = Milliseconds(2'000);
    return policy;
}

}  // namespace citus_init::postgres::lifecycle
