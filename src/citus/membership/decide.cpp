// The half of Planner that decides what is done.
#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "citus/membership/planner.h"
#include "citus/retry_delay.h"

namespace citus_init::citus {

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

void Planner::finish_upgrade() {
    const auto& own = actual_.own;
    if (plan_.memory.upgrade_finished || !own.membership || on_hold(plan_.memory.coordinator) ||
        parse_extension_version(own.membership->last_upgrade_version) == own.server.extension) {
        return;
    }
    const bool pending_adds =
        std::any_of(plan_.actions.begin(), plan_.actions.end(),
                    [](const Action& action) { return action.kind == ActionKind::add_node; });
    const bool all_updated =
        std::all_of(subjects_.begin(), subjects_.end(), [&own](const Subject& subject) {
            return subject.row == nullptr ||
                   (subject.is_member &&
                    subject.probe->facts->server.extension == own.server.extension);
        });
    if (pending_adds || !all_updated) {
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

}  // namespace citus_init::citus
