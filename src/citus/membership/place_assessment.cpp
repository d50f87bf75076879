#include <algorithm>
#include <utility>

#include "citus_init/base/text.h"
#include "citus_init/citus/membership/place.h"

namespace citus_init::citus {

namespace {

using std::chrono::milliseconds;

// After which a node that is where it was confirmed last serves without its coordinator.
constexpr milliseconds kProvisionalAfter{3'000};
// After which an address that nobody reaches counts as given up.
constexpr milliseconds kGivenUpAfter{60'000};

PlaceReason worker_reason(PlaceFinding finding, const OwnMember& own, const HostPort& coordinator,
                          const HostPort& address = {}) {
    PlaceReason reason;
    reason.finding = finding;
    reason.group_id = own.group_id;
    reason.coordinator = coordinator;
    reason.address = address;
    return reason;
}

PlaceReason coordinator_reason(PlaceFinding finding, const LeaderView* view = nullptr) {
    PlaceReason reason;
    reason.finding = finding;
    if (view != nullptr) {
        reason.address = view->leader;
        reason.asked_at = view->asked_at;
    }
    return reason;
}

PlaceAssessment with_caveat(PlaceState state, PlaceReason reason, PlaceCaveat caveat) {
    reason.caveat = caveat;
    return {state, std::move(reason)};
}

// Nobody has said that it is the member: what it may do by itself.
PlaceAssessment unconfirmed(const OwnMember& own, PlaceReason why) {
    if (own.may_serve_unconfirmed) {
        return with_caveat(PlaceState::provisional, std::move(why), PlaceCaveat::by_setting);
    }
    if (own.registered != own.announced) {
        why.announced = own.announced;
        why.registered = own.registered;
        return with_caveat(PlaceState::waiting, std::move(why), PlaceCaveat::moved);
    }
    if (own.is_copied_directory) {
        return with_caveat(PlaceState::waiting, std::move(why), PlaceCaveat::copied_directory);
    }
    return {own.waited >= kProvisionalAfter ? PlaceState::provisional : PlaceState::waiting,
            std::move(why)};
}

const LeaderView* other_run(const LeaderViews& views) {
    if (views.own && views.own->reach == LeaderReach::other_run) {
        return &*views.own;
    }
    const auto found =
        std::find_if(views.workers.begin(), views.workers.end(),
                     [](const LeaderView& view) { return view.reach == LeaderReach::other_run; });
    return found == views.workers.end() ? nullptr : &*found;
}

// Whether the registered address is without its coordinator, as this node and its workers see it:
// at once where a worker finds it so, too. A worker that gets no answer may be cut off from it.
bool is_given_up(const LeaderViews& views, milliseconds waited) {
    const LeaderReach reach = views.own->reach;
    if (views.workers.empty() ||
        (reach != LeaderReach::absent && reach != LeaderReach::unreachable)) {
        return false;
    }
    const bool found_absent =
        reach == LeaderReach::absent &&
        std::any_of(views.workers.begin(), views.workers.end(), [&](const LeaderView& view) {
            return view.leader == views.own->leader && view.reach == LeaderReach::absent;
        });
    return found_absent || waited >= kGivenUpAfter;
}

PlaceAssessment unconfirmed(const OwnCoordinator& own, const LeaderViews& views) {
    if (own.may_serve_unconfirmed) {
        return with_caveat(PlaceState::provisional, coordinator_reason(PlaceFinding::no_witness),
                           PlaceCaveat::by_setting);
    }
    // Under its own name, or that of a coordinator that is gone as far as anybody can say.
    const bool may_open = !views.own || views.own->leader == own.address ||
                          (views.own->reach == LeaderReach::absent && views.workers.empty());
    if (may_open) {
        return {own.waited >= kProvisionalAfter ? PlaceState::provisional : PlaceState::waiting,
                coordinator_reason(PlaceFinding::no_witness)};
    }
    return {PlaceState::waiting, coordinator_reason(PlaceFinding::original_silent, &*views.own)};
}

}  // namespace

PlaceAssessment assess_worker(const OwnMember& own, const HostPort& coordinator,
                              const SqlResult<RegisteredMember>& member) {
    const auto reason = [&](PlaceFinding finding, const HostPort& address = {}) {
        return worker_reason(finding, own, coordinator, address);
    };
    if (own.group_id == 0) {
        return {PlaceState::confirmed, {}};
    }
    if (!member) {
        auto why = reason(PlaceFinding::coordinator_silent);
        why.sqlstate = member.error().sqlstate;
        why.error = one_line(member.error().text());
        return unconfirmed(own, std::move(why));
    }
    if (!member->address) {
        return {PlaceState::refused, reason(PlaceFinding::member_removed)};
    }
    if (member->answering == own.run) {
        // Where there is a record, member_at() has noted there that a copy serves from now on.
        const bool is_noted = !own.is_copied_directory || member->is_recorded;
        return is_noted ? PlaceAssessment{PlaceState::confirmed, {}}
                        : unconfirmed(own, reason(PlaceFinding::server_unrecorded));
    }
    if (member->is_recorded == false) {
        return {PlaceState::refused, reason(PlaceFinding::server_replaced, *member->address)};
    }
    if (member->answering && member->answering->same_data(own.run)) {
        return {PlaceState::refused, reason(PlaceFinding::server_copied, *member->address)};
    }
    return unconfirmed(
        own, reason(member->answering ? PlaceFinding::address_taken : PlaceFinding::address_silent,
                    *member->address));
}

PlaceAssessment assess_coordinator(const OwnCoordinator& own, const LeaderViews& views) {
    if (!views.has_workers) {
        return {PlaceState::confirmed, {}};
    }
    if (const LeaderView* other = other_run(views)) {
        return {PlaceState::refused, coordinator_reason(PlaceFinding::coordinator_copied, other)};
    }
    if (own.other_was_seen && !own.may_serve_unconfirmed) {
        return {PlaceState::refused, coordinator_reason(PlaceFinding::coordinator_was_running)};
    }
    const bool known_by_worker =
        std::any_of(views.workers.begin(), views.workers.end(),
                    [](const LeaderView& view) { return view.reach == LeaderReach::self; });
    if (known_by_worker) {
        return {PlaceState::confirmed, {}};
    }
    if (views.own && views.own->leader != own.address && is_given_up(views, own.waited)) {
        return {PlaceState::confirmed, {}};
    }
    return unconfirmed(own, views);
}

}  // namespace citus_init::citus
