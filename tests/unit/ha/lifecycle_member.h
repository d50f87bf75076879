#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "citus_init/ha/patroni/lifecycle.h"

#include "support/driven_machine.h"

namespace citus_init::patroni::lifecycle {

using ha::Answer;

struct MemberEffectNames : citus_init::lifecycle::EffectNames<Machine> {
    using EffectNames::operator();

    std::string operator()(const SignalPostmaster& effect) const {
        return abbreviation_of(effect.signal) + " server";
    }
    std::string operator()(const StartTimer& effect) const {
        constexpr std::array kNames = {"stop", "restart", "server", "agent", "silence"};
        return std::string("timer ") + kNames.at(static_cast<std::size_t>(effect.timer)) + " " +
               std::to_string(effect.delay.count());
    }
    std::string operator()(const ReadExitDiagnosis& /*effect*/) const { return "listen"; }
    std::string operator()(const TerminateCreation& /*effect*/) const { return "TERM creation"; }
    std::string operator()(const KillEverything& /*effect*/) const { return "kill everything"; }
};

class DrivenMember
    : public citus_init::lifecycle::DrivenMachine<DrivenMember, Machine, MemberEffectNames> {
  public:
    explicit DrivenMember(Policy policy = {}) : DrivenMachine(policy) {}

    DrivenMember& exits(Child child, int code = 0) {
        return happens(ChildExited{child, code, "exit code " + std::to_string(code)});
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
    // As of the last event, where it has started that timer.
    std::optional<Milliseconds> restart_delay() const {
        constexpr std::string_view kTimer = "timer restart ";
        for (const std::string& effect : last()) {
            if (effect.starts_with(kTimer)) {
                return Milliseconds(std::stol(effect.substr(kTimer.size())));
            }
        }
        return std::nullopt;
    }
    // With a server, and Patroni has answered.
    DrivenMember& supervising(bool primary = true) {
        happens(Started{}).happens(PostmasterSeen{primary}).pulse(Answer::alive);
        return happens(ReadinessReported{""});
    }
};

}  // namespace citus_init::patroni::lifecycle
