#pragma once

#include <string.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "citus_init/lifecycle/events.h"

namespace citus_init::lifecycle {

// The names of the effects that every machine has.
template <typename Machine>
struct EffectNames {
    using Child = typename Machine::Child;
    using Timer = typename Machine::Timer;

    std::string operator()(const Spawn<Child>& effect) const {
        return std::string("spawn ") + child_name(effect.child);
    }
    std::string operator()(const SendSignal<Child>& effect) const {
        return abbreviation_of(effect.signal) + " " + child_name(effect.child);
    }
    std::string operator()(const CancelTimer<Timer>& /*effect*/) const { return "cancel"; }
    std::string operator()(const EndOrphans& effect) const {
        return effect.kill ? "kill orphans" : "end orphans";
    }
    std::string operator()(const ReloadSettings& /*effect*/) const { return "reload"; }
    std::string operator()(const AnnounceReady& /*effect*/) const { return "ready"; }
    std::string operator()(const Warn& effect) const { return "warn: " + effect.text; }
    std::string operator()(const Finish& effect) const {
        return "finish " + std::to_string(effect.code);
    }

    static std::string abbreviation_of(Signal signal) {
        return ::sigabbrev_np(static_cast<int>(signal));
    }
};

// Drives a machine and keeps the effects of the last event, one name each. `Self` derives from it;
// `Names` are EffectNames and those of the effects that only this machine has.
template <typename Self, typename Machine, typename Names>
class DrivenMachine {
  public:
    using State = typename Machine::State;
    using Policy = typename Machine::Policy;

    explicit DrivenMachine(Policy policy) : policy_(std::move(policy)) {}

    Self& happens(const typename Machine::Event& event) {
        auto [state, effects] = step(state_, event, now_, policy_);
        state_ = std::move(state);
        last_.clear();
        for (const auto& effect : effects) {
            last_.push_back(std::visit(Names{}, effect));
        }
        return static_cast<Self&>(*this);
    }
    Self& later(Milliseconds delay) {
        now_ += delay;
        return static_cast<Self&>(*this);
    }

    const State& state() const { return state_; }
    const std::vector<std::string>& last() const { return last_; }
    typename Machine::Step at() const { return state_.step; }
    Milliseconds now() const { return now_; }

  private:
    Policy policy_;
    State state_;
    Milliseconds now_{0};
    std::vector<std::string> last_;
};

}  // namespace citus_init::lifecycle
