#include "citus_init/citus/membership/plan.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "citus/membership/planner.h"
#include "citus/retry_delay.h"

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

// --- Actions ---

void Planner::decide() {
    obstacles_.emplace(subjects_);
    for (auto& subject : subjects_) {
        if (subject.record) {
            act(ActionKind::record_identity, subject, *subject.row,
                "its identity and its shards were proven");
        }
    }
    follow_moved();
    set_coordinator_address();
    for (auto& subject : subjects_) {
        if (subject.is_member && subject.memory->state == NodeState::resync) {
            resync(subject);
        }
    }
    for (auto& subject : subjects_) {
        if (subject.probe != nullptr && subject.memory->state == NodeState::adding) {
            add(subject);
        }
    }
    finish_upgrade();
    probe_all_before_the_first_change();
}

Action& Planner::act(ActionKind kind, const Subject& subject, const RegisteredNode& row,
                     std::string reason) {
    Action action{kind,
                  subject.address,
                  row.node_id,
                  row.group_id,
                  row.address,
                  subject.memory->identity.value_or(Identity{}),
                  std::move(reason)};
    plan_.actions.push_back(std::move(action));
    return plan_.actions.back();
}

void Planner::follow_moved() {
    std::unordered_map<int, const Subject*> followed;
    for (auto& subject : subjects_) {
        if (subject.moved_row == nullptr || on_hold(*subject.memory)) {
            continue;
        }
        const auto [first, is_new] = followed.emplace(subject.moved_row->node_id, &subject);
        if (!is_new) {
            refuse_double(subject, first->second->address);
            continue;
        }
        act(ActionKind::update_address, subject, *subject.moved_row,
            fmt::format("it is the worker registered as {}, seen twice, with all its shards, "
                        "while that address does not answer as it",
                        subject.moved_row->address.text()));
    }
}

void Planner::refuse_double(Subject& subject, const HostPort& first) {
    NodeMemory& memory = *subject.memory;
    enter(memory, NodeState::blocked, now_);
    memory.node_class = NodeClass::duplicate;
    memory.reason = fmt::format(
        "is the same server as {}, or a copy of it. Name each worker once; if it is a copy, start "
        "the worker with a new data directory (a new volume) of its own",
        first.text());
    memory.alarm = true;
    memory.due = now_ + kRefusedCheck;
}

bool Planner::on_hold(const NodeMemory& memory) const {
    return memory.act_after && now_ < *memory.act_after;
}

std::optional<std::string> Planner::obstacle(bool unsynced_too) {
    for (const auto& address : obstacles_->unseen()) {
        want(address);
    }
    if (!obstacles_->unseen().empty()) {
        return std::nullopt;
    }
    return unsynced_too ? obstacles_->any() : obstacles_->away();
}

void Planner::set_coordinator_address() {
    if (address_change(actual_.cluster, policy_.coordinator) == AddressChange::none) {
        return;
    }
    const auto in_the_way = obstacle(true);
    if (!in_the_way) {
        return;
    }
    NodeMemory& memory = plan_.memory.coordinator;
    const std::string why = on_hold(memory) ? memory.call_failure : *in_the_way;
    if (!why.empty()) {
        address_trouble_ =
            fmt::format("the coordinator's registered address cannot be changed to {} now: {}",
                        policy_.coordinator.text(), why);
        return;
    }
    Action action;
    action.kind = ActionKind::set_coordinator_address;
    action.address = policy_.coordinator;
    action.reason = view_.coordinator()
                        ? fmt::format("it is registered as {}", view_.coordinator()->address.text())
                        : "it is not registered yet";
    plan_.actions.push_back(std::move(action));
}

void Planner::resync(Subject& subject) {
    const auto in_the_way = obstacle(false);
    if (!in_the_way) {
        return;
    }
    if (may_act(subject, *in_the_way)) {
        act(ActionKind::resync, subject, *subject.row,
            "its metadata is out of date, and all its shards were found");
    }
}

void Planner::add(Subject& subject) {
    const auto [first, is_new] = claimed_.emplace(*subject.memory->identity, &subject);
    if (!is_new) {
        refuse_double(subject, first->second->address);
        return;
    }
    auto in_the_way = obstacle(true);
    if (!in_the_way) {
        return;
    }
    if (in_the_way->empty()) {
        in_the_way = address_trouble_;
    }
    if (may_act(subject, *in_the_way)) {
        act(ActionKind::add_node, subject, RegisteredNode{},
            "it is empty and belongs to no cluster")
            .old_address = {};
    }
}

bool Planner::may_act(Subject& subject, const std::string& in_the_way) {
    NodeMemory& memory = *subject.memory;
    if (on_hold(memory)) {
        memory.reason = memory.call_failure;
        memory.alarm = memory.call_alarm;
        memory.due = *memory.act_after;
        return false;
    }
    if (!in_the_way.empty()) {
        memory.reason = "has to wait: " + in_the_way;
        memory.alarm = memory.waits > 0;
        memory.due =
            now_ + backoff_delay(memory.waits++, random_of(subject.address, policy_.random));
        return false;
    }
    memory.due = now_;  // unless the call changes that
    return true;
}

// Each member is probed at times of its own, so the last one to be updated has the others probed in
// its pass.
bool Planner::all_updated() {
    const auto& extension = actual_.own.server.extension;
    std::vector<HostPort> unknown;
    for (const auto& subject : subjects_) {
        if (subject.row == nullptr) {
            continue;
        }
        if (subject.probe == nullptr) {
            if (subject.memory->state != NodeState::active) {
                return false;
            }
            unknown.push_back(subject.address);
        } else if (!subject.is_member || subject.probe->facts->server.extension != extension) {
            return false;
        }
    }
    for (const auto& address : unknown) {
        want(address);
    }
    return unknown.empty();
}

void Planner::finish_upgrade() {
    const auto& own = actual_.own;
    if (plan_.memory.upgrade_finished || !own.membership || on_hold(plan_.memory.coordinator) ||
        parse_extension_version(own.membership->last_upgrade_version) == own.server.extension) {
        return;
    }
    const bool pending_adds =
        std::any_of(plan_.actions.begin(), plan_.actions.end(),
                    [](const Action& action) { return action.kind == ActionKind::add_node; });
    if (pending_adds || !all_updated()) {
        return;
    }
    Action action;
    action.kind = ActionKind::finish_upgrade;
    action.address = policy_.coordinator;
    action.reason = fmt::format("every node has Citus {} now", own.server.extension->text());
    plan_.actions.push_back(std::move(action));
}

void Planner::probe_all_before_the_first_change() {
    if (!view_.workers().empty() || plan_.actions.empty()) {
        return;
    }
    for (const auto& subject : subjects_) {
        if (subject.probe == nullptr) {
            want(subject.address);
        }
    }
    if (!wanted_.empty()) {
        plan_.actions.clear();
    }
}

Plan plan(const DesiredWorkers& desired, const Actual& actual, const Memory& memory, TimePoint now,
          const MembershipPolicy& policy) {
    return Planner(desired, actual, memory, now, policy).run();
}

}  // namespace citus_init::citus
