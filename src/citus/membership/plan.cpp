#include "citus_init/citus/membership/plan.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "citus/membership/planner.h"

namespace citus_init::citus {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kShortestPause{50};

std::string stored_at(const Subject& subject) {
    const bool answered =
        subject.probe != nullptr && subject.probe->facts && subject.probe->facts->membership;
    return answered ? stored_text(subject.probe->facts->membership->stored) : std::string{};
}

}  // namespace

Planner::Planner(const DesiredWorkers& desired, const Actual& actual, const Memory& memory,
                 TimePoint now, const MembershipPolicy& policy)
    : desired_(desired),
      actual_(actual),
      now_(now),
      policy_(policy),
      view_(actual.own, actual.cluster, actual.records, actual.stakes) {
    plan_.memory.coordinator = memory.coordinator;
    plan_.memory.upgrade_finished = memory.upgrade_finished;
    plan_.memory.stopped_warned = memory.stopped_warned;
    list_subjects(memory);
}

Plan Planner::run() && {
    plan_.observing = actual_.observe_only;
    if (actual_.own.server.in_recovery) {
        stand_by();
    } else {
        assess_all();
        if (!stop_if_metadata_is_lost()) {
            decide();
        }
    }
    conclude();
    return std::move(plan_);
}

void Planner::list_subjects(const Memory& memory) {
    plan_.memory.nodes.reserve(desired_.addresses.size() + view_.workers().size());
    subjects_.reserve(desired_.addresses.size() + view_.workers().size());
    for (const auto& address : desired_.addresses) {
        add_subject(address, true, memory);
    }
    for (const auto& row : view_.workers()) {
        add_subject(row.address, false, memory);
    }
}

void Planner::add_subject(const HostPort& address, bool desired, const Memory& memory) {
    const auto [entry, is_new] = plan_.memory.nodes.try_emplace(address);
    if (!is_new) {
        return;
    }
    if (const auto known = memory.nodes.find(address); known != memory.nodes.end()) {
        entry->second = known->second;
    }
    Subject subject;
    subject.address = address;
    subject.desired = desired;
    subject.row = view_.row_at(address);
    const auto probe = actual_.probes.find(address);
    subject.probe = probe == actual_.probes.end() ? nullptr : &probe->second;
    subject.memory = &entry->second;  // stays where it is: nodes are never moved
    subjects_.push_back(subject);
}

void Planner::stand_by() {
    plan_.stopped = "this coordinator is a standby; only a primary registers workers";
    for (auto& subject : subjects_) {
        subject.memory->due = now_ + policy_.interval;
    }
}

void Planner::assess_all() {
    for (const auto& subject : subjects_) {
        if (subject.row == nullptr || subject.probe == nullptr || !subject.probe->facts) {
            continue;
        }
        // Whatever it believes of its group: a copy must not take the place of one that still
        // answers. But who sits at another's address is not where it belongs.
        const auto& facts = *subject.probe->facts;
        const NodeRecord* record = view_.record_of(*subject.row);
        if (!facts.membership) {
            continue;
        }
        if (record != nullptr ? record->identity == identity_of(facts)
                              : facts.membership->group_id == subject.row->group_id) {
            view_.add_answer(subject.address, identity_of(facts));
        }
    }
    const Assessment by{view_, actual_.probes, desired_.complete, now_, policy_.random};
    for (auto& subject : subjects_) {
        assess(subject, by);
        if (subject.wants_proof) {
            plan_.wanted_proofs.push_back({subject.address, subject.proof_group});
        }
        if (subject.ask_first != nullptr) {
            want(subject.ask_first->address);
        }
    }
}

void Planner::want(const HostPort& address) {
    if (wanted_.insert(address).second) {
        plan_.wanted_probes.push_back(address);
    }
}

bool Planner::stop_if_metadata_is_lost() {
    if (!view_.workers().empty()) {
        return false;
    }
    const auto found =
        std::find_if(subjects_.begin(), subjects_.end(), [this](const Subject& subject) {
            const NodeMemory& memory = *subject.memory;
            // One that was recorded here has been removed by somebody.
            return memory.group_id != 0 && memory.identity &&
                   view_.record_of(*memory.identity) == nullptr;
        });
    if (found == subjects_.end()) {
        return false;
    }
    plan_.stopped = fmt::format(
        "coordinator metadata lost? This coordinator knows no workers, but {} is a member of a "
        "cluster{}. Nothing is registered. Either restore this coordinator's data directory, or, "
        "if that worker belongs to another cluster, take it out of CITUS_WORKERS. Keep the "
        "workers' data directories: they may be the only copy",
        found->address.text(), stored_at(*found));
    for (auto& subject : subjects_) {
        if (subject.probe != nullptr) {
            subject.memory->due = now_ + kRefusedCheck;
        }
    }
    return true;
}

void Planner::conclude() {
    if (!plan_.observing.empty()) {
        plan_.actions.clear();
    }
    plan_.nodes.reserve(subjects_.size());
    auto next = now_ + policy_.interval;
    for (auto& subject : subjects_) {
        NodeMemory& memory = *subject.memory;
        if (!plan_.observing.empty()) {
            memory.due = std::max(memory.due, now_ + policy_.interval);
        }
        next = std::min(next, memory.due);
        plan_.nodes.push_back(report_of(subject));
    }
    plan_.next_pass = std::max(std::chrono::ceil<milliseconds>(next - now_), kShortestPause);
}

NodeReport Planner::report_of(const Subject& subject) const {
    const NodeMemory& memory = *subject.memory;
    NodeReport report;
    report.address = subject.address;
    report.state = memory.state;
    report.node_class = memory.node_class;
    report.reason = memory.reason;
    report.alarm = memory.alarm;
    report.desired = subject.desired;
    report.since = memory.since;
    report.identity = memory.identity;
    if (subject.row != nullptr) {
        report.node_id = subject.row->node_id;
        report.group_id = subject.row->group_id;
        const auto stakes = actual_.stakes.find(report.group_id);
        report.stakes = stakes == actual_.stakes.end() ? Stakes{} : stakes->second;
    }
    return report;
}

Plan plan(const DesiredWorkers& desired, const Actual& actual, const Memory& memory, TimePoint now,
          const MembershipPolicy& policy) {
    return Planner(desired, actual, memory, now, policy).run();
}

}  // namespace citus_init::citus
