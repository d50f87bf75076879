#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "citus_init/citus/membership/place.h"
#include "citus_init/citus/membership/plan.h"

#include "citus/membership/obstacles.h"
#include "citus/retry_delay.h"
#include "support/simulated_cluster.h"
#include "support/simulated_verbs.h"

namespace citus_init::test {

// What a Reconciler does, on a simulated cluster: looks, plans, acts. Dies where it is told to.
class SimulatedAgent {
  public:
    explicit SimulatedAgent(SimulatedCluster& cluster) : cluster_(cluster) {}

    citus::Plan probe() {
        auto actual = cluster_.actual();
        auto addresses = citus::due_probes(desired, cluster_.cluster, memory, now);
        for (const auto& address : addresses) {
            actual.probes.insert_or_assign(address, cluster_.probe(address));
        }
        for (int probes = 0;; ++probes) {
            auto plan = citus::plan(desired, actual, memory, now, policy);
            notes_ = citus::position_notes(
                citus::CoordinatorView(actual.own, actual.cluster, actual.records), actual.probes);
            if (probes == 5 || (plan.wanted_probes.empty() && plan.wanted_proofs.empty())) {
                return plan;
            }
            for (const auto& address : plan.wanted_probes) {
                actual.probes.insert_or_assign(address, cluster_.probe(address));
            }
            for (const auto& wanted : plan.wanted_proofs) {
                actual.probes.insert_or_assign(wanted.address,
                                               cluster_.probe(wanted.address, wanted.group_id));
            }
        }
    }

    // `steps`: calls until it is killed, -1 = it lives.
    void act(const citus::Plan& plan, int steps = -1) {
        if (!place_is_open()) {
            now += std::chrono::seconds(1);
            return;
        }
        halted_ = false;
        memory = plan.memory;
        cluster_.note(notes_);
        actual_ = cluster_.actual();
        for (const auto& action : plan.actions) {
            if (steps == 0 || !carry_out(action, steps)) {
                restart();
                return;
            }
            if (halted_) {
                break;
            }
        }
        now += plan.actions.empty() ? plan.next_pass : next_pass();
    }

    // As a process: what it knew is gone.
    void restart() {
        memory = {};
        place_is_confirmed_ = false;
    }

    // As PlaceWatch: asks until it is confirmed.
    bool place_is_open() {
        if (place_is_confirmed_) {
            return true;
        }
        const auto place = citus::assess_coordinator({cluster_.own_address, false, false, kLong},
                                                     cluster_.leader_views());
        const bool is_confirmed = place.state == citus::PlaceState::confirmed;
        place_is_confirmed_ = is_confirmed && !cluster_.cluster.workers.empty();
        return is_confirmed || place.state == citus::PlaceState::provisional;
    }

    citus::DesiredWorkers desired;
    citus::MembershipPolicy policy;
    citus::Memory memory;
    citus::TimePoint now = citus::TimePoint{} + std::chrono::hours(1);
    int calls = 0;

  private:
    // What the calls have put off is known only after them.
    std::chrono::milliseconds next_pass() const {
        return citus::plan(desired, cluster_.actual(), memory, now, policy).next_pass;
    }

    bool survives(int& steps) {
        ++calls;
        return steps < 0 || --steps > 0;
    }

    // False: it was killed meanwhile.
    bool carry_out(const citus::Action& action, int& steps) {
        switch (action.kind) {
            case citus::ActionKind::record_identity:
                cluster_.record(action.node_id, action.group_id, action.address, action.identity);
                return survives(steps);
            case citus::ActionKind::set_coordinator_address:
                return set_coordinator_address(action, steps);
            case citus::ActionKind::finish_upgrade:
                memory.upgrade_finished = true;
                return survives(steps);
            case citus::ActionKind::update_address:
            case citus::ActionKind::resync:
            case citus::ActionKind::add_node:
                return call(action, steps);
        }
        return true;
    }

    bool call(const citus::Action& action, int& steps) {
        auto& node = memory.nodes[action.address];
        if (in_the_way(action)) {
            node.due = now + citus::backoff_delay(node.waits++, policy.random);
            return true;
        }
        if (!objection(action).empty()) {
            node.due = now + std::chrono::seconds(1);
            return true;
        }
        if (action.kind == citus::ActionKind::update_address && is_behind_worker(action)) {
            node.due = now + citus::backoff_delay(node.waits++, policy.random);
            return true;
        }
        const auto called = action.kind == citus::ActionKind::add_node
                                ? cluster_.add_node(action.address)
                            : action.kind == citus::ActionKind::resync
                                ? cluster_.activate_node(action.address)
                                : cluster_.update_node(action.node_id, action.address);
        note("call", called, node);
        const auto* row = cluster_.row_at(action.address);
        if (called && row != nullptr && action.kind == citus::ActionKind::add_node) {
            // In one transaction with the call; killed before its end, there was no call.
            cluster_.record(row->node_id, row->group_id, row->address, action.identity);
        }
        if (!survives(steps)) {
            return false;  // before an address that changed could be recorded
        }
        if (called && row != nullptr) {
            cluster_.record(row->node_id, row->group_id, row->address, action.identity);
            node.due = now;
        }
        return survives(steps);
    }

    // What follows needs it.
    bool set_coordinator_address(const citus::Action& action, int& steps) {
        const auto place =
            citus::assess_coordinator({action.address}, cluster_.leader_views()).state;
        const bool other_leads =
            cluster_.cluster.coordinator.has_value() && place == citus::PlaceState::refused;
        const bool may = !other_leads && !in_the_way(action);
        const auto set = may ? cluster_.set_coordinator_host(action.address) : refused();
        halted_ = !set;
        note("host", set, memory.coordinator);
        return !may || survives(steps);
    }

    // As Reconciler::hold_members().
    bool in_the_way(const citus::Action& action) {
        const auto refusals = unproven_workers(cluster_, false);
        return std::any_of(refusals.begin(), refusals.end(), [&](const auto& refusal) {
            return citus::stands_in_the_way(action, refusal);
        });
    }
    // As Reconciler::still_allowed().
    bool is_behind_worker(const citus::Action& action) {
        const citus::RegisteredNode row{
            .node_id = action.node_id, .group_id = action.group_id, .address = action.address};
        return cluster_.reach(action.address) != nullptr &&
               ahead_of_coordinator(cluster_, row).has_value();
    }
    static citus::SqlResult<void> refused() {
        return tl::unexpected(citus::SqlError{"08006", "not proven", "", ""});
    }

    std::string objection(const citus::Action& action) {
        citus::CoordinatorView view(actual_.own, actual_.cluster, actual_.records);
        if (action.kind == citus::ActionKind::update_address) {
            if (const auto old = cluster_.facts_at(action.old_address)) {
                view.add_answer(action.old_address, citus::identity_of(*old));
            }
        }
        return citus::objection(action, cluster_.facts_at(action.address), view);
    }

    void note(const char* what, const citus::SqlResult<void>& result, citus::NodeMemory& node) {
        if (!result) {
            citus::note_failure(node, what, result.error(), now, policy.random);
        }
    }

    SimulatedCluster& cluster_;
    static constexpr std::chrono::minutes kLong{2};

    bool place_is_confirmed_ = false;
    bool halted_ = false;
    citus::PositionNotes notes_;  // of the last probe
    citus::Actual actual_;        // when the acting began
};

}  // namespace citus_init::test
