#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "citus_init/process/exit_status.h"
#include "citus_init/process/spawn.h"

namespace citus_init::process {

// Every child of ours, the adopted ones too. The one place that reaps.
class Children {
  public:
    using OnExit = std::function<void(ExitStatus)>;

    // Callbacks refer to owners, so the book of children stays where it is.
    Children() = default;
    Children(const Children&) = delete;
    Children& operator=(const Children&) = delete;

    // Makes this process the reaper of its descendants' orphans (PR_SET_CHILD_SUBREAPER), which PID
    // 1 is anyway: without it a dead postmaster's backends go to another process.
    static void become_subreaper();

    // `on_exit` is called from reap(), once.
    [[nodiscard]] tl::expected<pid_t, SpawnFailure> spawn(const Command& command, OnExit on_exit);

    // Takes an orphan that has come to us for one that we started: its end goes to `on_exit`.
    // False when it is no child of ours (any more).
    [[nodiscard]] bool adopt(pid_t pid, OnExit on_exit);

    // Reaps what ended and calls the owner of each. Within its callback a child is already gone
    // (any() and orphans() do not count it), and nothing of ours has run since its pid became free.
    // To be called on SIGCHLD; never blocks. A burst of more than 1000 is ended by a SIGCHLD to
    // ourselves, so that other signals get their turn between.
    void reap();

    // Has reap() take the news that a child was stopped or continued, too, which waitid(2) gives
    // once: not for who asks for it himself (a wrapped command, for job control).
    void watch_stops() { watches_stops_ = true; }
    // Whether this child was stopped by a signal, and has not gone on, as of the last reap(). After
    // watch_stops() only.
    bool is_stopped(pid_t pid) const { return stopped_.contains(pid); }

    // The processes that we are the parent of but did not start, zombies included: /proc is read,
    // as /proc/PID/task/TID/children needs a kernel option. Empty where can_list_orphans()
    // is false.
    std::vector<pid_t> orphans() const;
    // False where /proc is not mounted, or is that of another pid namespace.
    static bool can_list_orphans();

    // Whether waitid(2) knows any child at all, started or adopted, zombies included.
    static bool any();

  private:
    std::unordered_map<pid_t, OnExit> started_;
    std::unordered_set<pid_t> stopped_;
    bool watches_stops_ = false;
};

}  // namespace citus_init::process
