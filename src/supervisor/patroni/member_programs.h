#pragma once

#include "citus_init/base/result.h"
#include "citus_init/ha/patroni/lifecycle.h"

#include "supervisor/patroni/member.h"
#include "supervisor/programs.h"

namespace citus_init::supervisor {

// How each child of a member's lifecycle is started. `report_end` is the agent's end of the report
// socket, `log_end` where Patroni's and its server's messages go.
[[nodiscard]] Result<Program> member_program(patroni::lifecycle::Child child, const Member& member,
                                             int report_end, int log_end);

}  // namespace citus_init::supervisor
