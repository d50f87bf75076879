#include "supervisor/patroni/run_member.h"

#include <utility>

#include "supervisor/patroni/member_creation.h"
#include "supervisor/patroni/member_supervisor.h"
#include "supervisor/patroni/start_member.h"

namespace citus_init::supervisor {

Result<int> run_member(node::Node node, const std::vector<std::string>& server_arguments) {
    auto member = start_member(std::move(node), server_arguments);
    if (!member) {
        return fail(member.error());
    }
    auto supervisor = MemberSupervisor::create(*member);
    if (!supervisor) {
        return fail(supervisor.error());
    }
    const int code = (*supervisor)->run();
    end_idle_creation(*member);
    return code;
}

}  // namespace citus_init::supervisor
