#include "citus_init/ha/backend/member_monitor.h"

namespace citus_init::ha {

MemberMonitor::~MemberMonitor() = default;

}  // namespace citus_init::ha
