#pragma once

#include <string>
#include <vector>

#include "citus_init/render/conf_parser.h"

namespace citus_init::render {

// Which of `entries`, those of a whole postgresql.conf with what it includes, are initdb's own and
// nobody's wish: it takes them out of the comments of its sample, with the values that it finds
// possible. Only what CITUS_TUNE sets, too. A line counts as initdb's while it is what initdb
// wrote, comment included, and is the first of its name in `file`, which begins as the sample does.
// So a value that was edited, or that was added below, is the user's. Pure.
std::vector<bool> lines_of_initdb(const std::vector<ConfEntry>& entries, const ConfFile& file);

}  // namespace citus_init::render
