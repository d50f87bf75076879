#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "citus_init/base/error.h"
#include "citus_init/base/fd.h"
#include "citus_init/ha/lease.h"
#include "citus_init/ha/pulse.h"
#include "citus_init/status/agent_protocol.h"

namespace citus_init::agent {

// The agent's end of the socket to PID 1. Without one (a program started by hand) reports go to the
// log. What is the same as before is not said again. What tells may be called by several threads;
// only one waits.
class Reporter {
  public:
    explicit Reporter(Fd socket);

    // Reports `alive` at once and each ten seconds, from a thread of its own: while somebody waits
    // in parent_gone_within(), and for half an hour after the last wait or report. No step of the
    // agent takes that long; its statements end after minutes.
    void start_heartbeat();

    void prepared();
    void node(const status::NodeReport& report);
    // `joined`: as ReportKind::joined has it.
    void membership(const std::string& status, bool joined);
    // Empty: clients may be sent to this node.
    void unfit(const std::string& why);
    void place(const status::PlaceReport& report);
    void peers(const std::string& addresses);
    // Each time, the same or not: that it comes is half of what it tells.
    void pulse(const ha::Pulse& pulse);
    void lease(const ha::Lease& lease);
    // Empty: clients can use this member.
    void readiness(const std::string& what_it_waits_for);
    // Empty: Citus can connect to its own node.
    void own_connection(const std::string& failure);
    // Empty: the lead can be handed over, or there is none.
    void handover(const std::string& trouble);
    // Empty: it is held.
    void traffic(const std::string& why_not);
    void warning(const std::string& text);
    void fatal(const Error& error);

    // Waits until the other end is closed, or for `longest` (none: for ever), or until PID 1 has
    // something to be looked at, or another thread wakes it. True: it is closed, and there is
    // nobody left to work for.
    [[nodiscard]] bool parent_gone_within(std::optional<std::chrono::milliseconds> longest);

    // Ends the wait that is or the next one. By any thread.
    void wake();

    // Whether PID 1 has asked, since the last call, to look anew at the user's files.
    [[nodiscard]] bool take_reload_request() { return std::exchange(reload_requested_, false); }

    // Whether PID 1 is about to stop the node and wants its traffic held first.
    bool hold_wanted() const { return hold_wanted_; }
    [[nodiscard]] bool take_hold_request() { return std::exchange(hold_wanted_, false); }

  private:
    void send(const status::Report& report);
    void send_if_new(std::optional<std::string>& last, status::ReportKind kind,
                     const std::string& text);
    void write(const status::Report& report);
    bool hung_up();
    void beat_until(const std::stop_token& stopped);
    void note_progress() { progress_ = std::chrono::steady_clock::now(); }

    Fd socket_;
    Fd wake_;
    std::mutex telling_;  // of the socket's lines, and of what was said last
    std::atomic<std::chrono::steady_clock::time_point> progress_{std::chrono::steady_clock::now()};
    std::atomic<bool> waiting_{false};
    bool reload_requested_ = false;
    bool hold_wanted_ = false;
    // None: PID 1 may still hold what an agent before this one said.
    std::optional<std::string> last_unfit_;
    std::optional<std::string> last_place_;
    std::optional<std::string> last_readiness_;
    std::optional<std::string> last_own_connection_;
    std::optional<std::string> last_lease_;
    std::optional<std::string> last_handover_;
    std::optional<std::string> last_membership_{""};
    std::optional<std::string> last_joined_;
    std::optional<std::string> last_peers_{""};
    std::optional<std::string> last_warning_{""};
    std::jthread heartbeat_;  // last: it uses the others, so it ends first
};

}  // namespace citus_init::agent
