#pragma once

#include <string.h>

#include <array>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "citus_init/ha/patroni/lifecycle.h"

namespace citus_init::patroni::lifecycle {

using ha::Answer;

inline const char* abbreviation_of(Signal signal) {
    return ::sigabbrev_np(static_cast<int>(signal));
}

// Drives the machine and keeps what it asked for, one name per effect.
class DrivenMember {
  public:
    explicit DrivenMember(Policy policy = {}) : policy_(policy) {}

    DrivenMember& happens(const Event& event) {
        auto [state, effects] = step(state_, event, now_, policy_);
        state_ = std::move(state);
        last_.clear();
        for (const auto& effect : effects) {
            last_.push_back(name(effect));
        }
        return *this;
    }
    DrivenMember& exits(Child child, int code = 0) {
        return happens(ChildExited{child, code, "exit code " + std::to_string(code)});
    }
    DrivenMember& later(Milliseconds delay) {
        now_ += delay;
        return *this;
    }
    DrivenMember& pulse(Answer answer, std::string state = "running", bool paused = false) {
        return happens(PulseTaken{{answer, std::nullopt, std::move(state), paused}});
    }
    // A second after the one before, so many.
    DrivenMember& silence(int seconds) {
        for (int i = 0; i < seconds; ++i) {
            later(Milliseconds(1'000)).pulse(Answer::silent, "");
        }
        return *this;
    }
    // With a server, and Patroni has answered.
    DrivenMember& supervising(bool primary = true) {
        happens(Started{}).happens(PostmasterSeen{primary}).pulse(Answer::alive);
        return happens(ReadinessReported{""});
    }

    const State& state() const { return state_; }
    const std::vector<std::string>& last() const { return last_; }
    Step at() const { return state_.step; }
    Milliseconds now() const { return now_; }

  private:
    static std::string name(const Effect& effect) {
        struct Names {
            std::string operator()(const Spawn& e) {
                return std::string("spawn ") + child_name(e.child);
            }
            std::string operator()(const SendSignal& e) {
                return std::string(abbreviation_of(e.signal)) + " " + child_name(e.child);
            }
            std::string operator()(const SignalPostmaster& e) {
                return std::string(abbreviation_of(e.signal)) + " server";
            }
            std::string operator()(const StartTimer& e) {
                constexpr std::array names = {"stop", "restart", "server", "agent", "silence"};
                return std::string("timer ") + names.at(static_cast<std::size_t>(e.timer)) + " " +
                       std::to_string(e.delay.count());
            }
            std::string operator()(const CancelTimer&) { return "cancel"; }
            std::string operator()(const ReadExitDiagnosis&) { return "listen"; }
            std::string operator()(const EndOrphans& e) {
                return e.kill ? "kill orphans" : "end orphans";
            }
            std::string operator()(const KillEverything&) { return "kill everything"; }
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

}  // namespace citus_init::patroni::lifecycle
