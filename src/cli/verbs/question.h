#pragma once

#include <string>

namespace citus_init::cli {

// Whether somebody at the terminal answers `question` with y. Without a terminal nobody does: a
// line on stderr says that --yes is needed, and that `nothing` was done: "nothing was run".
bool is_confirmed(const std::string& question, const std::string& nothing);

}  // namespace citus_init::cli
