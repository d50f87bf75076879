#include "citus_init/ha/group_view.h"

#include <algorithm>
#include <array>
#include <utility>

namespace citus_init::ha {

namespace {

constexpr std::array<std::pair<Place, const char*>, 5> kPlaceNames{{
    {Place::leader, "leader"},
    {Place::standby_leader, "standby_leader"},
    {Place::synchronous, "sync_standby"},
    {Place::quorum, "quorum_standby"},
    {Place::replica, "replica"},
}};

}  // namespace

const char* place_name(Place place) {
    for (const auto& [known, name] : kPlaceNames) {
        if (known == place) {
            return name;
        }
    }
    return "";
}

Place parse_place(std::string_view name) {
    for (const auto& [place, known] : kPlaceNames) {
        if (known == name) {
            return place;
        }
    }
    return Place::replica;
}

const GroupMember* GroupView::find(const std::string& name) const {
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](const GroupMember& each) { return each.name == name; });
    return found == members.end() ? nullptr : &*found;
}

const GroupMember* GroupView::leader() const {
    const auto found = std::find_if(members.begin(), members.end(), [](const GroupMember& each) {
        return each.place == Place::leader || each.place == Place::standby_leader;
    });
    return found == members.end() ? nullptr : &*found;
}

}  // namespace citus_init::ha
