#pragma once

#include "app/verbs/completion.h"

namespace citus_init::app {

// The verbs and options of this program, for the completion scripts and for the check that each
// verb is known to the command line.
CompletionGrammar grammar();

}  // namespace citus_init::app
