#include "citus_init/ha/member_status.h"

#include <array>
#include <utility>

namespace citus_init::ha {

const char* member_role_name(MemberRole role) {
    switch (role) {
        case MemberRole::primary:
            return "primary";
        case MemberRole::replica:
            return "replica";
        case MemberRole::standby_leader:
            return "standby_leader";
        case MemberRole::demoted:
            return "demoted";
    }
    return "";
}

std::optional<MemberRole> parse_member_role(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, MemberRole>, 5> kRoleNames{
        {{"primary", MemberRole::primary},
         {"master", MemberRole::primary},
         {"replica", MemberRole::replica},
         {"standby_leader", MemberRole::standby_leader},
         {"demoted", MemberRole::demoted}}};
    for (const auto& [known, role] : kRoleNames) {
        if (known == name) {
            return role;
        }
    }
    return std::nullopt;
}

}  // namespace citus_init::ha
