#pragma once

#include <string>

#include "citus_init/base/fd.h"
#include "citus_init/base/result.h"

namespace citus_init::supervisor {

// What initdb prints, kept in memory instead of in the log, for the case that it fails.
class KeptOutput {
  public:
    // Begins anew. Returns the descriptor for the child's stdout and stderr. Error: `os`.
    [[nodiscard]] Result<Fd> open();

    // Writes all of it to our stderr, without the password in a statement that failed, and forgets
    // it. Returns the last line that reports an error, as it was written; "" = none does.
    std::string print();

  private:
    Fd file_;
};

}  // namespace citus_init::supervisor
