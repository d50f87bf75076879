#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/coordinator_advice.h"
#include "citus_init/citus/membership/place.h"

namespace citus_init::citus {

namespace {

using std::chrono::milliseconds;

// After which a node that is where it was confirmed last serves without its coordinator.
constexpr milliseconds kProvisionalAfter{3'000};
// After which an address that nobody reaches counts as given up.
constexpr milliseconds kGivenUpAfter{60'000};

constexpr const char* kServeUnconfirmed =
    "set CITUS_SERVE_UNCONFIRMED=true if you know that no other server runs with this data";

PlaceAssessment refused(std::string reason) {
    return {PlaceState::refused, std::move(reason)};
}

// Nobody has said that it is the member: what it may do by itself.
PlaceAssessment unconfirmed(const OwnMember& own, const std::string& why) {
    if (own.may_serve_unconfirmed) {
        return {PlaceState::provisional, why + " (CITUS_SERVE_UNCONFIRMED)"};
    }
    if (own.registered != own.announced) {
        return {PlaceState::waiting,
                fmt::format("{}. This node announces {}, but was registered as {}: it may be a "
                            "copy, and stays closed until the coordinator has followed it; or {}",
                            why, own.announced.text(),
                            own.registered ? own.registered->text() : "nobody", kServeUnconfirmed)};
    }
    if (own.is_copied_directory) {
        return {PlaceState::waiting,
                fmt::format("{}. This data directory is a copy of the one that was confirmed "
                            "last, so it stays closed until the coordinator confirms it; or {}",
                            why, kServeUnconfirmed)};
    }
    return {own.waited >= kProvisionalAfter ? PlaceState::provisional : PlaceState::waiting, why};
}

std::string group_text(const OwnMember& own, const HostPort& coordinator) {
    return fmt::format("group {} of coordinator {}", own.group_id, coordinator.text());
}

// "c:5432 (asked on w1:5432)"
std::string text_of(const LeaderView& view) {
    return view.asked_at == view.leader
               ? view.leader.text()
               : fmt::format("{} (asked on {})", view.leader.text(), view.asked_at.text());
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

PlaceAssessment unconfirmed(const OwnCoordinator& own, const LeaderViews& views) {
    if (own.may_serve_unconfirmed) {
        return {PlaceState::provisional,
                "nobody has confirmed this coordinator (CITUS_SERVE_UNCONFIRMED)"};
    }
    // Under its own name, or that of a coordinator that is certainly gone.
    const bool may_open =
        !views.own || views.own->leader == own.address || views.own->reach == LeaderReach::absent;
    if (may_open) {
        return {own.waited >= kProvisionalAfter ? PlaceState::provisional : PlaceState::waiting,
                "no registered worker can confirm this coordinator"};
    }
    return {
        PlaceState::waiting,
        fmt::format("the address {} that this coordinator is registered under does not answer "
                    "in time, so the original may still run there. Stop it for good and let its "
                    "address refuse connections; or {}",
                    views.own->leader.text(), kServeUnconfirmed)};
}

}  // namespace

PlaceAssessment assess_worker(const OwnMember& own, const HostPort& coordinator,
                              const SqlResult<RegisteredMember>& member) {
    if (own.group_id == 0) {
        return {PlaceState::confirmed, ""};
    }
    if (!member) {
        const std::string advice = coordinator_advice(member.error());
        return unconfirmed(
            own, fmt::format("coordinator {} cannot confirm this node: {}{}{}", coordinator.text(),
                             one_line(member.error().text()), advice.empty() ? "" : ". ", advice));
    }
    if (!member->address) {
        return refused(fmt::format(
            "this node was removed from the cluster, or its coordinator was restored from before "
            "it joined: there is no {}. Keep this data directory until no row in it is missing in "
            "the cluster",
            group_text(own, coordinator)));
    }
    const std::string where = member->address->text();
    if (member->answering == own.run) {
        // Where there is a record, member_at() has noted there that a copy serves from now on.
        const bool is_noted = !own.is_copied_directory || member->is_recorded;
        return is_noted ? PlaceAssessment{PlaceState::confirmed, ""}
                        : unconfirmed(own, fmt::format("coordinator {} has not recorded the server "
                                                       "of group {} yet",
                                                       coordinator.text(), own.group_id));
    }
    if (member->is_recorded == false) {
        return refused(
            fmt::format("{} at {} is another server than this one. Keep this data "
                        "directory until you know which of the two has the data",
                        group_text(own, coordinator), where));
    }
    if (member->answering && member->answering->same_data(own.run)) {
        return refused(fmt::format(
            "this node is a copy: {} is the server that answers at {}, with the same identity. "
            "Stop one of the two",
            group_text(own, coordinator), where));
    }
    return unconfirmed(
        own, fmt::format("coordinator {} has this node at {}, where {}", coordinator.text(), where,
                         member->answering ? "another server answers" : "it reaches nobody"));
}

PlaceAssessment assess_coordinator(const OwnCoordinator& own, const LeaderViews& views) {
    if (!views.has_workers) {
        return {PlaceState::confirmed, ""};
    }
    if (const LeaderView* other = other_run(views)) {
        return refused(fmt::format(
            "another coordinator with the same identity runs at {}: this data directory "
            "is a copy of its, or the other way round. Stop one of the two. Compare "
            "pg_current_wal_lsn() of both: the greater one is the newer",
            text_of(*other)));
    }
    if (own.other_was_seen && !own.may_serve_unconfirmed) {
        return refused(fmt::format(
            "another coordinator with the same identity ran until now. This one does not take its "
            "place by itself: stop the other for good and restart this one, or {}",
            kServeUnconfirmed));
    }
    const bool known_by_worker =
        std::any_of(views.workers.begin(), views.workers.end(),
                    [](const LeaderView& view) { return view.reach == LeaderReach::self; });
    if (known_by_worker) {
        return {PlaceState::confirmed, ""};
    }
    // At a new address: the old one has to be given up, as its workers see it, too.
    const bool gone =
        views.own && views.own->leader != own.address &&
        (views.own->reach == LeaderReach::absent ||
         (views.own->reach == LeaderReach::unreachable && own.waited >= kGivenUpAfter));
    if (gone && !views.workers.empty()) {
        return {PlaceState::confirmed, ""};
    }
    return unconfirmed(own, views);
}

}  // namespace citus_init::citus
