#include <algorithm>
#include <map>
#include <optional>
#include <variant>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "citus_init/ha/patroni/lifecycle.h"
#include "citus_init/ha/patroni/rest_answers.h"

namespace citus_init::patroni::lifecycle {
namespace {

using ha::Answer;

// A container in which anything may happen at any time; signals have the effect that they have on
// real processes, when the schedule wants it.
class SimulatedContainer {
  public:
    explicit SimulatedContainer(Policy policy) : policy_(policy) {}

    const State& state() const { return state_; }
    bool finished() const { return state_.step == Step::finished; }
    Milliseconds now() const { return now_; }

    void happens(const Event& event) {
        note(event);
        const State before = state_;
        auto transition = step(state_, event, now_, policy_);
        state_ = std::move(transition.state);
        for (const auto& effect : transition.effects) {
            std::visit([&](const auto& what) { carry_out(what, before); }, effect);
        }
    }

    void something_happens() {
        if (state_.step == Step::initial) {
            return happens(Started{{*rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()}});
        }
        now_ += Milliseconds(*rc::gen::element(0, 1, 500, 1'000, 4'000, 70'000));
        happens(*rc::gen::elementOf(possible()));
    }

    // Signals do what they do, timers fire in their order, SIGKILL works. The time that it took.
    Milliseconds run_until_the_end(bool everything_is_frozen) {
        const Milliseconds began = now_;
        for (int i = 0; i < 100 && !finished(); ++i) {
            if (!everything_is_frozen || killed_) {
                end_signalled_children();
            }
            if (!finished() && waits_for_orphans_ && (!everything_is_frozen || killed_)) {
                happens(OrphansGone{});
            }
            if (!finished()) {
                fire_next_timer();
            }
        }
        return now_ - began;
    }

  private:
    void note(const Event& event) {
        stood_still_ = std::holds_alternative<StoodStill>(event);
        if (const auto* exited = std::get_if<ChildExited>(&event)) {
            alive_[exited->child] = false;
        } else if (const auto* failed = std::get_if<SpawnFailed>(&event)) {
            alive_[failed->child] = false;
        } else if (std::holds_alternative<PostmasterSeen>(event)) {
            postmaster_ = true;
        } else if (std::holds_alternative<PostmasterGone>(event)) {
            postmaster_ = false;
        } else if (std::holds_alternative<OrphansGone>(event)) {
            waits_for_orphans_ = false;
        } else if (const auto* expired = std::get_if<TimerExpired>(&event)) {
            timers_.erase(expired->timer);
        } else if (const auto* taken = std::get_if<PulseTaken>(&event)) {
            if (taken->pulse.answer == Answer::alive) {
                paused_ = taken->pulse.paused;
                patroni_state_ = taken->pulse.state;
            }
        } else if (std::holds_alternative<StopRequested>(event)) {
            stop_requested_ = true;
        }
    }

    void carry_out(const Spawn& e, const State& /*unused*/) {
        RC_ASSERT(!finished_);
        RC_ASSERT(!alive_[e.child]);
        // Patroni is never started while the member stops, nor beside an old server's end.
        RC_ASSERT(!stop_requested_ && !state_.ending);
        alive_[e.child] = true;
        reported_.erase(e.child);
    }
    void carry_out(const SendSignal& e, const State& /*unused*/) {
        if (e.signal == Signal::terminate || e.signal == Signal::kill) {
            reported_[e.child] = true;
        }
    }
    void carry_out(const SignalPostmaster& /*unused*/, const State& before) {
        RC_ASSERT(!finished_);
        if (stop_requested_ || state_.ending || before.step == Step::ending_server) {
            return;
        }
        // The watchdog, or an old Patroni that is to be started again.
        RC_ASSERT(before.postmaster && before.postmaster->primary);
        RC_ASSERT(!paused_);
        const bool of_the_watchdog = before.step != Step::exit_diagnosis || !policy_.old_patroni;
        RC_ASSERT(!of_the_watchdog || before.armed || stood_still_);
        RC_ASSERT(!alive_[Child::patroni] || !is_being_made(patroni_state_));
    }
    void carry_out(const StartTimer& e, const State& /*unused*/) {
        RC_ASSERT(e.delay >= Milliseconds(0));
        timers_[e.timer] = now_ + e.delay;
    }
    void carry_out(const CancelTimer& e, const State& /*unused*/) { timers_.erase(e.timer); }
    void carry_out(const ReadExitDiagnosis& /*unused*/, const State& /*unused*/) {}
    void carry_out(const EndOrphans& /*unused*/, const State& /*unused*/) {
        waits_for_orphans_ = true;
    }
    void carry_out(const TerminateCreation& /*unused*/, const State& /*unused*/) {
        RC_ASSERT(!postmaster_);
    }
    void carry_out(const KillEverything& /*unused*/, const State& /*unused*/) { killed_ = true; }
    void carry_out(const ReloadSettings& /*unused*/, const State& /*unused*/) {
        RC_ASSERT(!stop_requested_);
    }
    void carry_out(const AnnounceReady& /*unused*/, const State& /*unused*/) {
        RC_ASSERT(postmaster_);
    }
    void carry_out(const Warn& /*unused*/, const State& /*unused*/) {}
    void carry_out(const Finish& /*unused*/, const State& /*unused*/) {
        // PID 1 never leaves a postmaster behind, but one that even SIGKILL did not end.
        RC_ASSERT(!finished_);
        RC_ASSERT(!postmaster_ || killed_);
        finished_ = true;
    }

    std::vector<Event> possible() const {
        std::vector<Event> events{
            StopRequested{StopMode::fast},
            StopRequested{StopMode::immediate},
            ReloadRequested{},
            OrphansGone{},
            StoodStill{Milliseconds(*rc::gen::element(2'000, 13'000))},
            AgentReported{},
            AgentFatal{76, "no"},
            ReadinessReported{""},
            ReadinessReported{"Citus"},
            ExitDiagnosis{*rc::gen::element(ExitCause::none, ExitCause::other,
                                            ExitCause::other_cluster, ExitCause::same_name),
                          "why", *rc::gen::arbitrary<bool>(),
                          *rc::gen::element(false, false, true)}};
        for (int copies = 0; copies < 4; ++copies) {
            const auto answer =
                *rc::gen::element(Answer::alive, Answer::silent, Answer::silent, Answer::stuck);
            events.emplace_back(PulseTaken{
                {answer, std::nullopt,
                 *rc::gen::element<std::string>("running", "running", "creating replica"),
                 *rc::gen::element(false, false, true)}});
        }
        if (postmaster_) {
            events.emplace_back(
                PostmasterGone{*rc::gen::element(0, 1, 137), *rc::gen::arbitrary<bool>()});
            events.emplace_back(PostmasterSeen{*rc::gen::arbitrary<bool>()});
        } else {
            events.emplace_back(PostmasterSeen{*rc::gen::arbitrary<bool>()});
            events.emplace_back(CreationSeen{*rc::gen::arbitrary<bool>()});
        }
        for (const auto& [child, lives] : alive_) {
            if (lives) {
                events.emplace_back(ChildExited{child, *rc::gen::element(0, 1, 137), "status"});
                events.emplace_back(SpawnFailed{child, "no process"});
            }
        }
        for (const auto& [timer, when] : timers_) {
            events.emplace_back(TimerExpired{timer});
        }
        return events;
    }

    void end_signalled_children() {
        const auto alive = alive_;
        for (const auto& [child, lives] : alive) {
            if (lives && (killed_ || reported_.contains(child)) && !finished()) {
                happens(ChildExited{child, 0, "on request"});
            }
        }
        if (postmaster_ && !finished()) {
            happens(PostmasterGone{0, true});
        }
    }

    void fire_next_timer() {
        const auto next =
            std::min_element(timers_.begin(), timers_.end(),
                             [](const auto& a, const auto& b) { return a.second < b.second; });
        RC_ASSERT(next != timers_.end());  // or it would wait for ever
        now_ = std::max(now_, next->second);
        happens(TimerExpired{next->first});
    }

    Policy policy_;
    State state_;
    Milliseconds now_{0};
    std::map<Child, bool> alive_;
    std::map<Child, bool> reported_;
    std::map<Timer, Milliseconds> timers_;
    bool postmaster_ = false;
    bool waits_for_orphans_ = false;
    bool killed_ = false;
    bool finished_ = false;
    bool stop_requested_ = false;
    bool paused_ = false;
    std::string patroni_state_;
    bool stood_still_ = false;  // it is the event at hand
};

Policy some_policy() {
    Policy policy;
    policy.old_patroni = *rc::gen::arbitrary<bool>();
    return policy;
}

RC_GTEST_PROP(PatroniLifecycleProperty, HoldsInEveryOrderOfEvents, ()) {
    Policy policy = some_policy();
    policy.hold_on_fatal = *rc::gen::arbitrary<bool>();
    SimulatedContainer container(policy);
    for (int i = 0; i < 80 && !container.finished(); ++i) {
        container.something_happens();
    }
}

// From anywhere, frozen processes or not, a stop request comes to its end within the deadline.
RC_GTEST_PROP(PatroniLifecycleProperty, AlwaysStopsWithinTheDeadline, (bool frozen)) {
    const Policy policy = some_policy();
    SimulatedContainer container(policy);
    const int steps = *rc::gen::inRange(1, 40);
    for (int i = 0; i < steps && !container.finished(); ++i) {
        container.something_happens();
    }
    if (container.finished()) {
        return;
    }
    const Milliseconds before = container.state().stop == StopStage::none
                                    ? Milliseconds(0)
                                    : container.now() - container.state().stop_began;
    container.happens(StopRequested{});
    if (container.finished()) {
        return;
    }
    const Milliseconds took = container.run_until_the_end(frozen);
    RC_ASSERT(container.finished());
    RC_ASSERT(took <= std::max(policy.stop_timeout - before, Milliseconds(0)) +
                          2 * policy.immediate_timeout);
}

TEST(PatroniLifecycleDiagram, KnowsTheWayUpTheWatchdogAndTheWayDown) {
    const std::string diagram = mermaid_diagram();
    EXPECT_NE(diagram.find("initial --> certificate: a start"), std::string::npos);
    EXPECT_NE(diagram.find("supervising --> ending_server"), std::string::npos);
    EXPECT_NE(diagram.find("supervising --> stopping: stop request"), std::string::npos);
}

}  // namespace
}  // namespace citus_init::patroni::lifecycle
