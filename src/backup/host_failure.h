#pragma once

#include <string>

#include "citus_init/backup/failure.h"

namespace citus_init::backup {

// What to do about a failure with a repository host, where that differs from a repository which the
// node reaches itself; "" = it does not. Pure.
std::string host_fix_of(FailureKind kind, const FailedStanza& of);

// Of a run on the repository host the same words of pgBackRest are about its connection to this
// node: has reason and fix say that. Pure.
void turn_to_node(Failure& failure);

}  // namespace citus_init::backup
