#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "citus_init/citus/session.h"
#include "citus_init/monitor/snapshot.h"

namespace citus_init::monitor {

struct Sources {
    // Thread-safe, outlives the collector.
    citus::Connector* connector = nullptr;
    // The local server as superuser, in the database whose statistics and metadata are read.
    citus::ConnectionTarget local;
    // Other nodes of the cluster, but for host, port, and what citus.node_conninfo says.
    citus::ConnectionTarget node;
    bool has_citus = false;
    bool each_table = false;                     // series of each table, too
    std::chrono::milliseconds interval{10'000};  // between two passes
    std::size_t node_threads = 4;
};

// Collects snapshots with threads of its own: one for the local server, `node_threads` for the
// nodes of the cluster, none without Citus. Each pass opens its sessions and closes them: one that
// stayed would keep the database from being dropped or copied. A session takes at most 3 s to open
// and 5 s for a statement, whatever the targets say, but that libpq resolves names without a limit.
//
// A node that does not answer is asked less and less often, down to once a minute, and such nodes
// get half of the threads at most, so that they delay nobody. Sizes are read in each sixth pass, or
// less often: they take a twentieth of the time at most.
class Collector {
  public:
    Collector();
    Collector(const Collector&) = delete;
    Collector& operator=(const Collector&) = delete;
    // As stop().
    ~Collector();

    // Once.
    void start(const Sources& sources);
    // Ends the threads after the statements that run now: 5 s at most, where no name server hangs.
    // snapshot() still answers.
    void stop();

    // The last one, never null; empty before the first pass. Thread-safe, waits for no SQL.
    std::shared_ptr<const Snapshot> snapshot() const;

  private:
    class Threads;
    std::unique_ptr<Threads> threads_;
};

}  // namespace citus_init::monitor
