#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "citus_init/base/error.h"
#include "citus_init/base/fd.h"
#include "citus_init/status/report.h"

namespace citus_init::agent {

// Who finds the node unfit for clients.
enum class UnfitSource : std::uint8_t {
    coordinator,  // it has refused the node
    database,     // the Citus database is gone
};

// The agent's end of the socket to PID 1. Without one (a program started by hand) reports go to the
// log. Of most kinds a report that is the same as the last one of its kind is not sent again.
// Reporting methods are thread-safe; only one thread may wait.
class Reporter {
  public:
    explicit Reporter(Fd socket);

    // Reports `alive` at once and each ten seconds, from a thread of its own: while somebody waits
    // in parent_gone_within(), and for half an hour after the last wait or report. No step of the
    // agent takes that long; its statements end after minutes.
    void start_heartbeat();

    // Sends Alive, Prepared, NodeReport, TrafficReport, ReadinessReport, Fatal and Pulse each time,
    // the same or not: that a pulse comes is half of its meaning, and PID 1 forgets that a server
    // was ready once that has ended.
    void report(const status::Report& report);
    // The same from a thread beside the agent's own: no sign that the agent goes on.
    void report_beside(const status::Report& report);
    // Counts a pass of the reconciler, for the heartbeat to tell.
    void note_pass(bool succeeded) { ++(succeeded ? succeeded_passes_ : failed_passes_); }
    // Why `source` finds the node unfit; none: it does not. PID 1 keeps one condition: it gets that
    // of the first source that has one, and none only where no source has. By the agent's thread.
    void report_unfit(UnfitSource source, const status::Condition& condition);
    void warning(const std::string& text) { report(status::Warning{text}); }
    void fatal(const Error& error) {
        report(status::Fatal{static_cast<int>(error.code), error.message});
    }

    // Waits until the other end is closed, or for `longest` (none: for ever), or until PID 1 has
    // a request, or another thread wakes it. True: it is closed, and there is
    // nobody left to work for.
    [[nodiscard]] bool parent_gone_within(std::optional<std::chrono::milliseconds> longest);

    // Ends the wait that is or the next one. By any thread.
    void wake();

    // Whether PID 1 has asked, since the last call, to probe the user's files again.
    [[nodiscard]] bool take_reload_request() { return std::exchange(reload_requested_, false); }

    // Whether PID 1 is about to stop the node and wants its traffic held first.
    bool hold_wanted() const { return hold_wanted_; }
    [[nodiscard]] bool take_hold_request() { return std::exchange(hold_wanted_, false); }

  private:
    void write(const status::Report& report, const std::string& line);
    bool hung_up();
    void beat_until(const std::stop_token& stopped);
    void note_progress() { progress_ = std::chrono::steady_clock::now(); }

    Fd socket_;
    Fd wake_;
    std::mutex reporting_;  // of the socket's lines, and of last_
    std::atomic<std::chrono::steady_clock::time_point> progress_{std::chrono::steady_clock::now()};
    std::atomic<bool> waiting_{false};
    std::atomic<std::int64_t> succeeded_passes_{0};
    std::atomic<std::int64_t> failed_passes_{0};
    bool reload_requested_ = false;
    bool hold_wanted_ = false;
    std::map<UnfitSource, status::Condition> unfit_;
    // The last line of each kind, by its index. None: PID 1 may still hold what an agent before
    // this one reported.
    std::array<std::optional<std::string>, std::variant_size_v<status::Report>> last_;
    std::jthread heartbeat_;  // last: it uses the others, so it ends first
};

}  // namespace citus_init::agent
