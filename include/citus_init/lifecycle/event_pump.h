#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "citus_init/base/log.h"

namespace citus_init::lifecycle {

// Runs one of the pure machines, whose step() is found beside its State. Events are taken one at a
// time, in the order in which they were posted, and the effects of each are executed in their
// order. What an event changed is published before the first of its effects that `is_awaited` does
// not name: publishing writes a file, and a process that is to start or end does not wait for it.
// So the state before is what is published for as long as an exec takes. A state that lasts no
// longer than until the next event, which is there already, is not published. An event that an
// effect posts waits for the others: no effect ever sees a later state than the one it was decided
// for. Keeps on until nothing is left, past the machine's end, too. One thread.
template <typename Machine>
class EventPump {
  public:
    using State = typename Machine::State;
    using Event = typename Machine::Event;
    using Effect = typename Machine::Effect;
    using Policy = typename Machine::Policy;
    using Step = decltype(State::step);

    EventPump(Policy policy, std::function<void()> publish,
              std::function<void(const Effect&)> execute, bool (*is_awaited)(const Effect&))
        : policy_(std::move(policy)),
          publish_(std::move(publish)),
          execute_(std::move(execute)),
          is_awaited_(is_awaited) {}

    // The two callbacks refer to the owner, which this thus belongs to for good.
    EventPump(const EventPump&) = delete;
    EventPump& operator=(const EventPump&) = delete;

    void post(Event event);

    const State& state() const { return state_; }
    const Policy& policy() const { return policy_; }
    // May be changed; holds from the next event on.
    Policy& policy() { return policy_; }

  private:
    void take(const Event& event);
    void log_step_after(Step before);

    Policy policy_;
    std::function<void()> publish_;
    std::function<void(const Effect&)> execute_;
    bool (*is_awaited_)(const Effect&);
    State state_;
    std::deque<Event> events_;
    bool pumping_ = false;
};

template <typename Machine>
void EventPump<Machine>::post(Event event) {
    events_.push_back(std::move(event));
    if (pumping_) {
        return;  // an effect brought it about
    }
    pumping_ = true;
    while (!events_.empty()) {
        const Event next = std::move(events_.front());
        events_.pop_front();
        take(next);
    }
    pumping_ = false;
}

template <typename Machine>
void EventPump<Machine>::take(const Event& event) {
    using std::chrono::milliseconds;
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto before = state_.step;
    auto transition = step(state_, event, std::chrono::duration_cast<milliseconds>(now), policy_);
    state_ = std::move(transition.state);
    if (state_.step != before) {
        log_step_after(before);
    }
    bool is_published = false;
    for (const Effect& effect : transition.effects) {
        if (!is_published && !is_awaited_(effect)) {
            publish_();
            is_published = true;
        }
        execute_(effect);
    }
    if (!is_published && events_.empty()) {
        publish_();
    }
}

template <typename Machine>
void EventPump<Machine>::log_step_after(Step before) {
    if (state_.step == Step::held) {
        log::error("exit {}: {}", state_.ending->code, state_.ending->why);
        log::error("staying up for inspection (CITUS_ON_FATAL=hold); SIGTERM ends it");
    }
    log::debug("{} -> {}", step_name(before), step_name(state_.step));
}

}  // namespace citus_init::lifecycle
