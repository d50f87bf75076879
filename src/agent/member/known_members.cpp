#include "agent/member/known_members.h"

namespace citus_init::agent {

std::vector<std::string> KnownMembers::missing_from(const ha::GroupView& group) {
    for (const auto& member : group.members) {
        names_.insert(member.name);
    }
    std::vector<std::string> missing;
    for (const std::string& name : names_) {
        if (group.find(name) == nullptr) {
            missing.push_back(name);
        }
    }
    return missing;
}

}  // namespace citus_init::agent
