#pragma once

#include <string>

#include "citus_init/agent/member/group_status.h"

namespace citus_init::cli {

// A header line, then a line for each member, columns aligned; below it the findings.
std::string groups_text(const agent::GroupsStatus& status);

}  // namespace citus_init::cli
