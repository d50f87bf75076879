// What Reconciler holds while it changes something: the nodes that the change is sent to.
#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/membership/reconciler.h"

#include "citus/membership/assessor.h"
#include "citus/membership/obstacles.h"
#include "citus/membership/pass.h"
#include "citus/membership/prober.h"
#include "citus/retry_delay.h"

namespace citus_init::citus {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAnotherProbe{1'000};
// Whoever has it meanwhile acts on that worker, after which it is another one.
constexpr milliseconds kLockWait{1'000};

}  // namespace

SqlResult<std::string> Reconciler::hold_members(const Action& action, Pass& pass) {
    if (!pass.held) {
        auto mark = connection_mark(pass.coordinator);
        if (!mark) {
            return tl::unexpected(mark.error());
        }
        HeldWorkers::Settings settings;
        settings.target = settings_.worker_target;
        settings.wait = kLockWait;
        settings.open_session = [&pass](const HostPort& address) {
            return pass.sessions.take(address);
        };
        auto held = HeldWorkers::hold(pass.coordinator, connector_, settings);
        if (!held) {
            return tl::unexpected(held.error());
        }
        pass.mark = std::move(*mark);
        pass.held = std::move(*held);
    }
    std::vector<Unproven> refusals;
    for (const auto& refusal : pass.held->not_proven()) {
        if (stands_in_the_way(action, refusal)) {
            refusals.push_back(refusal);
        }
    }
    return refusal_text(refusals);
}

void Reconciler::wait_for(const Action& action, const std::string& in_the_way, const Pass& pass,
                          NodeMemory& memory) {
    memory.reason = "has to wait: " + in_the_way;
    memory.alarm = memory.waits > 0;
    memory.due = pass.now + backoff_delay(memory.waits++, random_of(action.address, pass.random));
}

SqlResult<std::optional<Candidate>> Reconciler::still_allowed(const Action& action, Pass& pass,
                                                              NodeMemory& memory) {
    const auto in_the_way = hold_members(action, pass);
    if (!in_the_way) {
        return tl::unexpected(in_the_way.error());
    }
    if (!in_the_way->empty()) {
        wait_for(action, *in_the_way, pass, memory);
        return std::nullopt;
    }
    auto candidate = hold_candidate(action, pass);
    const auto facts = candidate ? SqlResult<CandidateFacts>(candidate->facts)
                                 : SqlResult<CandidateFacts>(tl::unexpected(candidate.error()));
    if (!may_still(action, facts, pass, memory)) {
        return std::nullopt;
    }
    if (action.kind == ActionKind::update_address) {
        const RegisteredNode row{
            .node_id = action.node_id, .group_id = action.group_id, .address = action.address};
        const auto ahead = ahead_of_coordinator(pass.coordinator, row, *candidate);
        if (!ahead) {
            return tl::unexpected(ahead.error());
        }
        if (*ahead) {
            wait_for(action, refusal_text({**ahead}), pass, memory);
            return std::nullopt;
        }
    }
    return std::optional(std::move(*candidate));
}

bool Reconciler::may_still(const Action& action, const SqlResult<CandidateFacts>& facts,
                           const Pass& pass, NodeMemory& memory) {
    CoordinatorView view(pass.actual.own, pass.actual.cluster, pass.actual.records);
    if (action.kind == ActionKind::update_address) {
        const auto old =
            examine(connector_, target_at(settings_.worker_target, action.old_address));
        if (old) {
            view.add_answer(action.old_address, identity_of(old->facts));
        }
    }
    const std::string why_not = objection(action, facts, view);
    if (!why_not.empty()) {
        memory.reason = "has changed since it was looked at: " + why_not;
        memory.due = pass.now + kAnotherProbe;
    }
    return why_not.empty();
}

// Whoever joins is held exclusively: another coordinator that has it on its list, too, waits, and
// finds a member of ours afterwards.
SqlResult<Candidate> Reconciler::hold_candidate(const Action& action, Pass& pass) {
    const LockMode mode =
        action.kind == ActionKind::add_node ? LockMode::exclusive : LockMode::shared;
    if (auto session = pass.sessions.take(action.address)) {
        if (auto candidate = lock_and_examine(std::move(session), mode, kLockWait)) {
            return candidate;
        }
        // Restarted since, as it seems.
    }
    return lock_and_examine(connector_, target_at(settings_.worker_target, action.address), mode,
                            kLockWait);
}

}  // namespace citus_init::citus
