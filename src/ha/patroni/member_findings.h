#pragma once

#include <vector>

#include "citus_init/ha/backend/member_snapshot.h"
#include "citus_init/ha/finding.h"

namespace citus_init::patroni {

// What Patroni does not resolve by itself, of a member and its group. One that is found during a
// failover is none yet: see agent/member/finding_watch.h. Pure; the texts are in Patroni's terms.
std::vector<ha::Finding> findings_of(const ha::MemberSnapshot& snapshot, bool has_certificates);

}  // namespace citus_init::patroni
