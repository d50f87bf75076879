#pragma once

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"

namespace citus_init {

// Both ends of a pipe(7), closed on exec.
struct Pipe {
    Fd reading;
    Fd writing;
};
// Error: `os`.
[[nodiscard]] Result<Pipe> make_pipe();

}  // namespace citus_init
