#pragma once

#include <string>

#include "app/agent/high_availability/group_status.h"

namespace citus_init::app {

// A header line, then a line for each member, columns aligned; below it the findings.
std::string groups_text(const GroupsStatus& status);

}  // namespace citus_init::app
