#pragma once

#include <string.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "citus_init/postgres/lifecycle.h"

namespace citus_init::postgres::lifecycle {

// Drives the machine and keeps what it asked for, one name per effect.
class Node {
  public:
    explicit Node(Policy policy = {}) : policy_(policy) {}

    Node& happens(const Event& event) {
        auto [state, effects] = step(state_, event, now_, policy_);
        state_ = std::move(state);
        last_.clear();
        for (const auto& effect : effects) {
            last_.push_back(name(effect));
        }
        return *this;
    }
    Node& exits(Child child, int code = 0, bool clean = true) {
        return happens(ChildExited{child, code, clean, "exit code " + std::to_string(code)});
    }
    Node& later(Milliseconds delay) {
        now_ += delay;
        return *this;
    }
    Node& running() { return happens(Started{}).happens(ServerStatusChanged{ServerStatus::ready}); }
    Node& crashes() {
        exits(Child::server, 137, false);
        if (state_.alive.contains(Child::agent)) {
            exits(Child::agent, 143);
        }
        return happens(OrphansGone{});
    }

    const State& state() const { return state_; }
    const std::vector<std::string>& last() const { return last_; }
    Step at() const { return state_.step; }

  private:
    static std::string name(const Effect& effect) {
        struct Names {
            std::string operator()(const Spawn& e) {
                return std::string("spawn ") + child_name(e.child);
            }
            std::string operator()(const SendSignal& e) {
                return ::sigabbrev_np(static_cast<int>(e.signal)) + std::string(" ") +
                       child_name(e.child);
            }
            std::string operator()(const StartTimer& e) {
                return "timer " + std::to_string(static_cast<int>(e.timer)) + " " +
                       std::to_string(e.delay.count());
            }
            std::string operator()(const CancelTimer&) { return "cancel"; }
            std::string operator()(const HoldTraffic&) { return "hold traffic"; }
            std::string operator()(const EndOrphans& e) {
                return e.kill ? "kill orphans" : "end orphans";
            }
            std::string operator()(const AdvanceBootstrap& e) {
                return std::string("phase ") + step_name(e.step);
            }
            std::string operator()(const CompleteBootstrap&) { return "complete"; }
            std::string operator()(const DiscardBootstrap&) { return "discard"; }
            std::string operator()(const ReloadSettings&) { return "reload"; }
            std::string operator()(const AnnounceReady&) { return "ready"; }
            std::string operator()(const Warn& e) { return "warn: " + e.text; }
            std::string operator()(const Finish& e) { return "finish " + std::to_string(e.code); }
        };
        return std::visit(Names{}, effect);
    }

    Policy policy_;
    State state_;
    Milliseconds now_{0};
    std::vector<std::string> last_;
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
