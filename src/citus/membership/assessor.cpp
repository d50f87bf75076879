#include "citus/membership/assessor.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/coordinator_advice.h"
#include "citus_init/citus/sqlstate.h"

#include "citus/membership/positions.h"
#include "citus/retry_delay.h"

namespace citus_init::citus {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDownAlarm{30'000};
constexpr milliseconds kStartGrace{30'000};
constexpr milliseconds kSecondProbe{2'000};
// Three of Citus' own attempts (citus.metadata_sync_retry_interval): its daemon does it, mostly.
constexpr milliseconds kSyncTimeout{15'000};

constexpr const char* kNotDesired =
    "is registered, but not among the desired workers. It is kept; `citus-init remove` takes it "
    "out "
    "for good";

void settle(Subject& subject, NodeState state, Classification found, const Assessment& by) {
    NodeMemory& memory = *subject.memory;
    enter(memory, state, by.now);
    memory.node_class = found.node_class;
    memory.reason = std::move(found.reason);
    memory.alarm = !memory.reason.empty();
    memory.due = by.now + kRefusedCheck;
}

// Nobody listens at its address, the name is not known yet, or it says that it starts.
bool may_be_starting(const Subject& subject) {
    if (subject.probe->facts) {
        return false;
    }
    const SqlError& error = subject.probe->facts.error();
    return (error.sqlstate.starts_with(sqlstate::kConnectionException) &&
            !is_certificate_refused(error)) ||
           error.sqlstate.starts_with(sqlstate::kShutdown);
}

void assess_absent(Subject& subject, Classification found, const Assessment& by) {
    NodeMemory& memory = *subject.memory;
    const bool unreachable = found.node_class == NodeClass::unreachable;
    const auto delay = backoff_delay(memory.failures++, random_of(subject.address, by.random));
    memory.whole = false;
    memory.moved_since.reset();
    memory.missing_since.reset();
    memory.away_since = memory.away_since.value_or(by.now);
    if (subject.row == nullptr) {
        settle(subject, unreachable ? NodeState::unreachable : NodeState::not_ready,
               std::move(found), by);
        // Nodes of one cluster start together. What waiting does not mend is reported at the second
        // attempt.
        memory.alarm = may_be_starting(subject) ? by.now - *memory.away_since >= kStartGrace
                                                : memory.failures > 1;
    } else {
        settle(subject, NodeState::suspect, std::move(found), by);
        memory.alarm = by.now - *memory.away_since >= kDownAlarm;
        if (!subject.desired && by.list_is_complete) {
            memory.reason += fmt::format(". It {}", kNotDesired);
        }
    }
    memory.due = by.now + (subject.row == nullptr || subject.desired ? delay : kMemberCheck);
}

// True: all of its shards are there, or that does not have to be asked.
bool found_whole(Subject& subject, int group_id, const Assessment& by) {
    NodeMemory& memory = *subject.memory;
    const auto& proof = subject.probe->shards;
    if (!proof) {
        subject.wants_proof = true;
        subject.proof_group = group_id;
        return false;
    }
    if (proof->complete()) {
        memory.whole = true;
        memory.missing_since.reset();
        return true;
    }
    memory.whole = false;
    // A table may just be made or dropped: Citus commits on the coordinator first.
    memory.missing_since = memory.missing_since.value_or(by.now);
    const bool sure = by.now - *memory.missing_since >= kSecondProbe;
    settle(subject, sure ? NodeState::lost : NodeState::suspect,
           {sure ? NodeClass::wiped : NodeClass::member,
            fmt::format("lacks {} of the {} shards that the coordinator places there{}. Restore "
                        "its data directory (volume or base backup). Do not call "
                        "citus_activate_node(), which would only hide the loss",
                        proof->missing, proof->placed, by.view.stakes_text(group_id))},
           by);
    if (!sure) {
        memory.alarm = false;
        memory.due = by.now + kSecondProbe;
    }
    return false;
}

bool differs_from_record(const Subject& subject, const Assessment& by) {
    const NodeRecord* record = by.view.record_of(*subject.row);
    return record == nullptr || record->identity != subject.memory->identity ||
           record->address != subject.address || record->group_id != subject.row->group_id;
}

void assess_member(Subject& subject, Classification found, const Assessment& by) {
    NodeMemory& memory = *subject.memory;
    const NodeRecord* record = by.view.record_of(*subject.row);
    // Somebody who has put it elsewhere by hand knows what he has put there.
    if (record != nullptr && record->address == subject.address &&
        has_gone_back(*subject.probe->facts, *record)) {
        memory.whole = false;
        settle(subject, NodeState::lost, gone_back(*subject.probe->facts, *record), by);
        return;
    }
    subject.is_member = true;
    if (!found.reason.empty()) {
        settle(subject, NodeState::blocked, std::move(found), by);
        return;
    }
    const bool overdue = memory.unsynced_since && by.now - *memory.unsynced_since >= kSyncTimeout;
    if ((!memory.whole || overdue || subject.probe->shards) &&
        !found_whole(subject, subject.row->group_id, by)) {
        return;
    }
    subject.record = differs_from_record(subject, by);
    if (overdue) {
        found.reason = "its metadata is out of date";
        settle(subject, NodeState::resync, std::move(found), by);
        memory.alarm = false;
        return;
    }
    if (!subject.desired && by.list_is_complete) {
        found.reason = kNotDesired;
    }
    settle(subject, NodeState::active, std::move(found), by);
    memory.due = by.now + kMemberCheck;
    memory.waits = memory.conflicts = 0;
    memory.waiting_since.reset();
    memory.act_after.reset();
    memory.call_failure.clear();
}

void assess_moved(Subject& subject, Classification found, const Assessment& by) {
    NodeMemory& memory = *subject.memory;
    const NodeRecord* record = by.view.record_of(*memory.identity);
    if (record == nullptr || subject.row != nullptr) {
        // Never recorded, or swapped: nobody can prove it, or no order of calls can do it.
        settle(subject, NodeState::blocked, std::move(found), by);
        return;
    }
    const RegisteredNode* row = by.view.row_of(*record);
    if (auto why = not_to_be_followed(*subject.probe->facts, subject.address, *record, *row)) {
        settle(subject, NodeState::blocked, *std::move(why), by);
        return;
    }
    memory.moved_since = memory.moved_since.value_or(by.now);
    if (!by.probes.contains(row->address)) {
        subject.ask_first = row;
    }
    if (!found_whole(subject, row->group_id, by)) {
        return;
    }
    settle(subject, NodeState::moving, std::move(found), by);
    memory.alarm = false;
    const auto proven_at = *memory.moved_since + kSecondProbe;
    memory.due = std::max(proven_at, by.now);
    if (!row->active) {
        memory.state = NodeState::blocked;
        memory.reason += ", and is disabled there";
        memory.due = by.now + kRefusedCheck;
    } else if (subject.ask_first == nullptr && by.now >= proven_at) {
        subject.moved_row = row;
    }
}

bool was_just_removed(const CandidateFacts& facts, const Assessment& by) {
    const NodeRecord* record = by.view.record_of(identity_of(facts));
    return record != nullptr && by.view.row_of(*record) == nullptr &&
           !record->removed_start.empty() && record->removed_start == facts.server.started_at;
}

// Of a server whose identity another one has, too, which answers under the registered address.
std::string newer_of_two(const Subject& subject, const CandidateFacts& facts,
                         const Assessment& by) {
    const HostPort* other = by.view.answering_address(identity_of(facts));
    const auto probe = other == nullptr ? by.probes.end() : by.probes.find(*other);
    if (probe == by.probes.end() || !probe->second.facts ||
        probe->second.facts->server.started_at == facts.server.started_at) {
        return {};
    }
    return newer_text(subject.address, facts, *other, *probe->second.facts);
}

void assess_answer(Subject& subject, const CandidateFacts& facts, const Assessment& by) {
    NodeMemory& memory = *subject.memory;
    auto found = classify(facts, subject.address, by.view);
    const Identity identity = identity_of(facts);
    if (facts.membership) {
        memory.group_id = facts.membership->group_id;
    }
    if (found.node_class != NodeClass::moved || memory.identity != identity) {
        memory.moved_since.reset();
    }
    if (memory.identity != identity) {
        memory.whole = false;
        memory.missing_since.reset();
    }
    memory.identity = identity;
    if (found.node_class == NodeClass::unreachable || found.node_class == NodeClass::not_ready) {
        assess_absent(subject, std::move(found), by);
        return;
    }
    memory.failures = 0;
    memory.away_since.reset();
    if (found.node_class == NodeClass::member) {
        assess_member(subject, std::move(found), by);
    } else if (found.node_class == NodeClass::moved) {
        assess_moved(subject, std::move(found), by);
    } else if (was_just_removed(facts, by)) {
        found.reason =
            "was taken out by `citus-init remove` and has not been started anew since. Stop it; "
            "started again, it counts as a new worker";
        settle(subject, NodeState::blocked, std::move(found), by);
        memory.alarm = false;  // it is what somebody wanted
    } else if (found.node_class == NodeClass::fresh) {
        settle(subject, NodeState::adding, std::move(found), by);
    } else {
        memory.whole = false;
        if (found.node_class == NodeClass::duplicate) {
            found.reason += newer_of_two(subject, facts, by);
        }
        settle(subject, subject.row != nullptr ? NodeState::lost : NodeState::blocked,
               std::move(found), by);
    }
}

void notice_row(Subject& subject, TimePoint now) {
    NodeMemory& memory = *subject.memory;
    memory.registered = subject.row != nullptr;
    const bool unsynced = subject.row != nullptr && subject.row->active &&
                          subject.row->has_metadata && !subject.row->metadata_synced;
    if (!unsynced) {
        memory.unsynced_since.reset();
        return;
    }
    memory.unsynced_since = memory.unsynced_since.value_or(now);
}

}  // namespace

double random_of(const HostPort& address, double random) {
    constexpr double kParts = 1024;
    const auto part = static_cast<double>(HostPortHash()(address) % 1024) / kParts;
    double whole = 0;
    return std::modf(random + part * random, &whole);
}

void enter(NodeMemory& memory, NodeState state, TimePoint now) {
    if (std::exchange(memory.state, state) != state || memory.since == TimePoint{}) {
        memory.since = now;
    }
}

void assess(Subject& subject, const Assessment& by) {
    notice_row(subject, by.now);
    if (subject.probe != nullptr) {
        if (subject.probe->facts) {
            assess_answer(subject, *subject.probe->facts, by);
        } else {
            assess_absent(subject, classify_unreachable(subject.probe->facts.error()), by);
        }
    }
    const auto& unsynced = subject.memory->unsynced_since;
    if (unsynced && *unsynced + kSyncTimeout > by.now) {
        subject.memory->due = std::min(subject.memory->due, *unsynced + kSyncTimeout);
    }
}

}  // namespace citus_init::citus
