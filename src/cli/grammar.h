#pragma once

#include "cli/completion.h"

namespace citus_init::cli {

// The verbs and options of this program, for the completion scripts and for the check that each
// verb is known to the command line.
CompletionGrammar grammar();

}  // namespace citus_init::cli
