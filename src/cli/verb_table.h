#pragma once

#include <string_view>
#include <vector>

#include "cli/verb.h"

namespace citus_init::cli {

// Every verb: what the command line takes, help and completion show, and the manual has to name.
const std::vector<Verb>& verb_table();

// nullptr for an unknown name.
const Verb* find_verb(std::string_view name);

}  // namespace citus_init::cli
