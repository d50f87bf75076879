#include <fmt/core.h>

#include "citus_init/citus/membership/plan.h"
#include "citus_init/citus/sql_failure.h"

#include "citus/membership/assessor.h"
#include "citus/membership/positions.h"
#include "citus/retry_delay.h"

namespace citus_init::citus {

std::string objection(const Action& action, const SqlResult<CandidateFacts>& facts,
                      const CoordinatorView& view) {
    if (!facts) {
        return facts.error().text();
    }
    const auto found = classify(*facts, action.address, view);
    NodeClass expected = NodeClass::fresh;
    switch (action.kind) {
        case ActionKind::add_node:
            break;
        case ActionKind::update_address:
            expected = NodeClass::moved;
            break;
        case ActionKind::record_identity:
        case ActionKind::resync:
            expected = NodeClass::member;
            break;
        case ActionKind::set_coordinator_address:
        case ActionKind::finish_upgrade:
            return {};
    }
    if (found.node_class != expected) {
        return fmt::format("it has become {}: {}", node_class_name(found.node_class), found.reason);
    }
    if (identity_of(*facts) != action.identity) {
        return "another server answers than a moment ago";
    }
    const NodeRecord* record = view.record_of(action.identity);
    const RegisteredNode* row = record == nullptr ? nullptr : view.row_of(*record);
    if (action.kind == ActionKind::update_address && row != nullptr) {
        if (const auto why = not_to_be_followed(*facts, action.address, *record, *row)) {
            return why->reason;
        }
    }
    return {};
}

void note_failure(NodeMemory& memory, const std::string& what, const SqlError& error, TimePoint now,
                  double random) {
    constexpr int kMostConflicts = 8;
    memory.call_failure = fmt::format("{} failed: {}", what, error.text());
    std::chrono::milliseconds pause = kRefusedCheck;
    memory.call_alarm = true;
    switch (failure_kind(error)) {
        case FailureKind::conflict:
            if (memory.conflicts++ < kMostConflicts) {
                pause = conflict_delay(random);
                memory.call_alarm = false;
            } else {
                memory.call_failure +=
                    ". Is the same server named twice, or does a schema change hold its locks?";
            }
            break;
        case FailureKind::unreachable:
            memory.call_alarm = memory.waits > 0;
            pause = backoff_delay(memory.waits++, random);
            break;
        case FailureKind::permanent:
            break;
    }
    memory.act_after = memory.due = now + pause;
    memory.reason = memory.call_failure;
    memory.alarm = memory.call_alarm;
}

}  // namespace citus_init::citus
