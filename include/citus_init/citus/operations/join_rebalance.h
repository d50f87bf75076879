#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "citus_init/citus/membership/held_workers.h"
#include "citus_init/citus/membership/reconciler.h"
#include "citus_init/citus/session.h"

namespace citus_init::citus {

// What one pass has done and found.
struct JoinRebalanceReport {
    std::string status;  // one line for the node's state, "" = nothing to report
    std::vector<std::string> changes;
    std::vector<std::string> warnings;  // only what no earlier pass has reported
    // None: there is nothing to do before somebody joins.
    std::optional<std::chrono::milliseconds> next_probe;
};

// CITUS_REBALANCE_ON_JOIN: once workers have joined, their share of the shards is moved to them, as
// `citus-init rebalance` does it: online or not at all, by a background job of Citus.
//
// That it is wanted is in citus_init.joined, written with the addition of the node itself
// (ReconcilerSettings::note_joins) and deleted when the shards are balanced, so that whoever is
// killed in between loses nothing but time. All workers that join while others still do, or while
// shards move already, get one rebalance, afterwards.
//
// One that fails is tried again, less and less often and at most kMostAttempts times; what only an
// operator can change not at all. A join, try_anew() and a new agent begin from the start.
class JoinRebalance {
  public:
    static constexpr int kMostAttempts = 4;

    // How to reach the workers, all but host, port and TLS options, to prove and hold them.
    struct Workers {
        Connector* connector = nullptr;  // outlives this
        ConnectionTarget target;
    };

    // `interval`: between reads of a job that runs, and how long no one is to have joined.
    // `workers`: with them every active worker is proven (HeldWorkers, its shards too) right before
    // shards are moved, held until they are, and the moves are stopped when a name leads elsewhere.
    explicit JoinRebalance(std::chrono::milliseconds interval,
                           std::optional<Workers> workers = std::nullopt)
        : interval_(interval), workers_(std::move(workers)) {}

    // After a pass of the Reconciler, on its session. Starts the job, never waits for it; asks the
    // other nodes (for sizes, wal_level) only while all of them answer.
    // Error: the session failed.
    [[nodiscard]] SqlResult<JoinRebalanceReport> probe(Session& coordinator, const PassReport& pass,
                                                       TimePoint now);

    void try_anew();

  private:
    using Report = JoinRebalanceReport;

    [[nodiscard]] SqlResult<Report> begin(Session& coordinator, TimePoint now);
    [[nodiscard]] SqlResult<Report> start(Session& coordinator, TimePoint now);
    [[nodiscard]] SqlResult<Report> watch(Session& coordinator, TimePoint now);
    // Who is not proven, "" = all are, and are held now.
    [[nodiscard]] SqlResult<std::string> hold_workers(Session& coordinator);
    // Whose name leads elsewhere than when the moves began, "" = nobody's.
    std::string strayed();
    [[nodiscard]] SqlResult<Report> settle(Session& coordinator, Report report);
    // Of a statement; Citus reports other nodes' connections with the SQLSTATE of a lost session.
    [[nodiscard]] SqlResult<Report> failed(Session& coordinator, const SqlError& error,
                                           TimePoint now);
    Report not_done(const std::string& why, TimePoint now);
    Report give_up(const std::string& why);
    Report waiting(const std::string& what);

    std::chrono::milliseconds interval_;
    std::optional<Workers> workers_;
    std::optional<HeldWorkers> held_;  // while a job of ours runs
    bool is_read_ = false;             // wanted_ is what the table has
    std::vector<std::string> wanted_;  // node ids
    std::optional<TimePoint> last_join_;
    std::optional<std::int64_t> job_;   // of ours
    std::vector<std::string> covered_;  // the ids that it is for
    std::string trouble_;               // why it is not done yet; the last thing that was warned of
    int attempts_ = 0;                  // that failed
    std::optional<TimePoint> again_;    // when it may be tried again
    bool given_up_ = false;
};

}  // namespace citus_init::citus
