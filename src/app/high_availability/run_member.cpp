#include "app/high_availability/run_member.h"

#include <utility>

#include "app/high_availability/member_supervisor.h"
#include "app/high_availability/start_member.h"

namespace citus_init::app {

Result<int> run_member(Node node, const std::vector<std::string>& server_arguments) {
    auto member = start_member(std::move(node), server_arguments);
    if (!member) {
        return fail(member.error());
    }
    auto supervisor = MemberSupervisor::create(*member);
    if (!supervisor) {
        return fail(supervisor.error());
    }
    return (*supervisor)->run();
}

}  // namespace citus_init::app
