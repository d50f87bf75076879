#pragma once

#include <string>
#include <vector>

#include "citus_init/render/guc_check.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/settings/environment.h"
#include "citus_init/settings/problem.h"
#include "citus_init/settings/settings.h"

namespace citus_init::node {

// What the table of settings says of a stack. An empty `bin_directory` or `citus_library`: there is
// no program to look a name up in that the table does not know.
render::GucFindings check_by_table(const render::GucStack& stack, const std::string& bin_directory,
                                   const std::string& citus_library);

// check_own_address() with the port that the stack comes to: of -p, -c port, postgresql.conf or
// PGPORT.
std::vector<settings::Problem> address_problems(const settings::Settings& settings,
                                                const render::GucStack& stack);

// Settings that cannot be loaded hide what is wrong with PostgreSQL's, and with the installed
// Patroni where that is to run, and with a cluster that is still to be made: adds that to `report`,
// found out without the variables that its problems name. So that all is reported at once.
settings::ProblemReport with_hidden_problems(settings::ProblemReport report,
                                             const settings::Environment& environment,
                                             const std::vector<std::string>& server_arguments);

}  // namespace citus_init::node
