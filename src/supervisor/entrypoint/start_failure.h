#pragma once

#include "citus_init/base/error.h"
#include "citus_init/settings/environment.h"
#include "citus_init/settings/settings.h"

namespace citus_init::supervisor {

// Reports why a start came to nothing, stays up where CITUS_ON_FATAL=hold asks for it, and returns
// the exit status of PID 1: 0 where a stop was asked for meanwhile. Blocks with `hold`, until a
// signal ends it.
int end_with(const Error& error, const settings::SupervisorSettings& settings);
// The same before there are settings: by the variables themselves where these are what is wrong.
int end_with(const Error& error, const settings::Environment& environment);

}  // namespace citus_init::supervisor
