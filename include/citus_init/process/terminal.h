#pragma once

#include <sys/types.h>

#include "citus_init/base/fd.h"

namespace citus_init::process {

// The controlling terminal of our session, if it has one. Opened when asked and closed with the
// object, since a hang-up or a shell may change all of it meanwhile.
class Terminal {
  public:
    Terminal();

    // Whether `group` is the process group in the foreground: the one that may read and gets ^C.
    bool held_by(pid_t group) const;
    // Needs SIGTTOU blocked (block_signals() does) when our own group is not in the foreground.
    void give_to(pid_t group) const;

    // Without terminal: neither of both does anything.
    explicit operator bool() const { return static_cast<bool>(fd_); }

  private:
    Fd fd_;
};

}  // namespace citus_init::process
