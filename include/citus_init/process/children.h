#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "citus_init/process/exit_status.h"
#include "citus_init/process/spawn.h"

namespace citus_init::process {

// Every child of ours, the adopted ones too. The one place that reaps.
class Children {
  public:
    using OnExit = std::function<void(ExitStatus)>;

    // Makes this process the reaper of its descendants' orphans (PR_SET_CHILD_SUBREAPER), which PID
    // 1 is anyway: without it a dead postmaster's backends go to a stranger.
    static void become_subreaper();

    // `on_exit` is called from reap(), once.
    [[nodiscard]] tl::expected<pid_t, SpawnFailure> spawn(const Command& command, OnExit on_exit);

    // Reaps all that ended: peek (waitid WNOWAIT), tell, reap, so that the pid stays valid while
    // its owner is told. To be called on SIGCHLD; one call handles any burst.
    void reap();

    // The processes that we are the parent of but did not start: /proc is read, as
    // /proc/PID/task/TID/children needs a kernel option. Empty where /proc is not mounted.
    std::vector<pid_t> orphans() const;

    // Whether waitid(2) knows any child at all, started or adopted, zombies included.
    static bool any();

  private:
    std::unordered_map<pid_t, OnExit> started_;
};

}  // namespace citus_init::process
