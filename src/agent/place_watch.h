#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/citus/announcement.h"
#include "citus_init/citus/membership/place.h"

#include "agent/local_session.h"

namespace citus_init::agent {

// Until this node's place in the cluster is confirmed (ADR 27): asks who has to know, and reports
// each answer to PID 1, which opens or closes the node.
class PlaceWatch {
  public:
    // All outlive it.
    PlaceWatch(const AgentContext& context, LocalSession& local, Reporter& reporter);

    // Nothing is left to be confirmed.
    bool is_confirmed() const { return is_confirmed_; }
    // Clients may come, so the node may also reconcile others.
    bool is_open() const {
        return state_ == citus::PlaceState::confirmed || state_ == citus::PlaceState::provisional;
    }

    // One attempt. Returns how long to wait before the next one. Blocks for a few connections, each
    // with a deadline.
    std::chrono::milliseconds pass();

    // Called once the server accepts clients, before that is reported to PID 1.
    void when_open(std::function<void()> act) { when_open_ = std::move(act); }

    // A node that no other knows: there is nothing to confirm, for a worker until it joins.
    void no_member();

  private:
    using Clock = std::chrono::steady_clock;

    // Of a worker in the place of another node, as its coordinator has recorded it: `impostor`.
    struct Assessment {
        citus::PlaceState state = citus::PlaceState::waiting;
        status::Condition condition{};  // why it is not confirmed
    };
    [[nodiscard]] citus::SqlResult<Assessment> assess(citus::Session& own);
    [[nodiscard]] citus::SqlResult<Assessment> assess_worker(citus::Session& own);
    [[nodiscard]] citus::SqlResult<Assessment> assess_coordinator(citus::Session& own);
    [[nodiscard]] citus::SqlResult<Assessment> assess_recorded(citus::Session& own,
                                                               citus::Session& coordinator,
                                                               const citus::OwnPlace& place,
                                                               const HostPort& announced);
    const std::string& own_host();
    std::chrono::milliseconds waited() const;
    void report(const status::PlaceReport& report);
    [[nodiscard]] bool was_closed();
    void wait_until_applied();
    bool is_copied_directory() const;

    const AgentContext& context_;
    LocalSession& local_;
    Reporter& reporter_;
    std::function<void()> when_open_;
    Clock::time_point start_ = Clock::now();
    citus::PlaceState state_ = citus::PlaceState::waiting;
    std::string host_;
    std::optional<HostPort> address_;  // registered, as far as known
    bool is_confirmed_ = false;
    bool is_member_ = true;    // other nodes know it
    bool is_applied_ = false;  // the server lets clients in
    bool other_was_seen_;      // also by an agent before this one
};

// Another work of the agent, done beside that. `Work::kNeedsPlace`: not before the node is open.
template <typename Work>
class WithPlace {
  public:
    WithPlace(PlaceWatch& place, Work& work) : place_(place), work_(work) {}

    std::chrono::milliseconds pass() {
        if (!place_.is_confirmed() && Clock::now() >= place_due_) {
            const auto pause = place_.pass();
            place_due_ = Clock::now() + pause;
        }
        const bool may_work = place_.is_open() || !Work::kNeedsPlace;
        if (may_work && (Clock::now() >= work_due_ || work_.is_urgent())) {
            const auto pause = work_.pass();
            work_due_ = Clock::now() + pause;
        }
        auto next = may_work ? work_due_ : place_due_;
        next = place_.is_confirmed() ? next : std::min(next, place_due_);
        return std::max(std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()),
                        std::chrono::milliseconds::zero());
    }
    void probe_again() {
        work_due_ = {};
        work_.probe_again();
    }
    bool take_new_members() { return work_.take_new_members(); }
    bool is_complete() const { return work_.is_complete(); }

  private:
    using Clock = std::chrono::steady_clock;

    Clock::time_point place_due_{};
    Clock::time_point work_due_{};
    PlaceWatch& place_;
    Work& work_;
};

}  // namespace citus_init::agent
