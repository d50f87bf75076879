#include "citus_init/render/tuning.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/size_text.h"

#include "memory_share.h"

namespace citus_init::render {

namespace {

constexpr double kMegabytesPerGigabyte = 1024;

// Collects the values, each with the formula that it comes from.
class Formulas {
  public:
    Formulas(const TuningInputs& inputs, Tuning& tuning)
        : inputs_(inputs),
          share_(share_memory(inputs)),
          division_(divide_slots(inputs, share_)),
          tuning_(tuning) {}

    void run() {
        tuning_.needed = share_.needed;
        tuning_.shared_memory = share_.shared_memory;
        tuning_.max_connections = share_.max_connections;
        tuning_.fits =
            share_.memory >= kLeastMemory && share_.needed <= kUsableMemory * share_.memory;
        add_memory();
        add_connections();
        add_workers();
        add_wal();
        if (inputs_.role != TunedRole::server) {
            add_citus();
        }
    }

  private:
    void set(const char* name, std::string value, std::string formula) {
        tuning_.values[name] = {Layer::tuned, std::move(value), std::move(formula)};
    }
    void set(const char* name, int value, std::string formula) {
        set(name, std::to_string(value), std::move(formula));
    }
    void set_size(const char* name, double megabytes, std::string formula) {
        set(name, fmt::format("{:.0f}MB", std::floor(megabytes)), std::move(formula));
    }

    // "512 MB: memory limit from /sys/fs/cgroup/memory.max"
    std::string memory() const {
        return fmt::format("{:.0f} MB: {}", share_.memory, inputs_.machine.memory_origin);
    }

    std::string worker() const {
        if (!inputs_.known) {
            return fmt::format("a worker that has {}", memory());
        }
        return inputs_.role == TunedRole::worker
                   ? fmt::format("this worker, {}, as one of {}", inputs_.known->sessions,
                                 inputs_.known->count)
                   : fmt::format("the worker of {} that has the fewest, {}", inputs_.known->count,
                                 inputs_.known->sessions);
    }

    const char* cut() const {
        return share_.is_cut ? ", cut to leave a fifth of the memory beside all connections" : "";
    }

    void add_memory() {
        const double all = share_.memory;
        if (!inputs_.given.shared_buffers) {
            const double share = inputs_.role == TunedRole::coordinator ? 0.15 : 0.25;
            set_size("shared_buffers", share_.shared_buffers,
                     fmt::format("{:.2f} of {}{}", share, memory(), cut()));
        }
        set_size("effective_cache_size", 0.65 * all, fmt::format("0.65 of {}", memory()));
        set_size("maintenance_work_mem", std::clamp(all / 16, 16.0, kMegabytesPerGigabyte),
                 fmt::format("1/16 of {}, from 16 MB to 1 GB", memory()));
        set_size("autovacuum_work_mem", std::clamp(all / 32, 16.0, kMegabytesPerGigabyte / 2),
                 fmt::format("1/32 of {}, from 16 to 512 MB", memory()));
        add_work_mem();
    }

    // Where its share comes to less than PostgreSQL's default, that default, as far as it fits.
    void add_work_mem() {
        constexpr double kDefault = 4;
        const double share = share_.memory < kMegabytesPerGigabyte ? 0.25 : 0.4;
        const double left = std::max(0.0, share_.memory - share_.needed);
        const double parts = division_.busy * (1 + inputs_.hash_mem_multiplier);
        const double by_share = share * share_.memory / parts;
        const bool has_share = by_share >= kDefault && by_share <= left / parts;
        const std::string from =
            has_share ? fmt::format("{:.2f} of {}", share, memory())
                      : fmt::format("{:.0f} MB beside shared memory and connections", left);
        set_size("work_mem",
                 std::clamp(std::min(std::max(by_share, kDefault), left / parts), 1.0, 256.0),
                 fmt::format("{}, for a sort and a hash table (hash_mem_multiplier {}) in each of "
                             "{} sessions at once; 1 to 256 MB{}",
                             from, inputs_.hash_mem_multiplier, division_.busy,
                             by_share < kDefault ? ", here 4 MB at most" : ""));
    }

    void add_connections() {
        if (inputs_.given.max_connections) {
            return;
        }
        const int itself = inputs_.role == TunedRole::standalone ? division_.local : 0;
        const std::string to_itself =
            itself > 0 ? fmt::format(" + {} of the node to itself", itself) : "";
        const std::string inside =
            share_.internal > 0
                ? fmt::format(" + {} inside Citus ({} workers)", share_.internal, inputs_.workers)
                : "";
        set("max_connections", share_.max_connections,
            fmt::format("{} sessions{}{} + {} reserved; 0.3 of {}, at 8 MB a session{}",
                        share_.slots - itself, to_itself, inside, inputs_.given.reserved, memory(),
                        cut()));
    }

    void add_workers() {
        const int cpus = inputs_.machine.cpus;
        const std::string from = fmt::format("{} CPUs: {}", cpus, inputs_.machine.cpus_origin);
        const int processes = worker_processes(inputs_);
        const int half = std::min(4, cpus / 2);
        set("max_worker_processes", processes,
            fmt::format("twice {}, and {} others, from 16 to 128", from,
                        inputs_.role == TunedRole::server ? 8 : 12));
        set("max_parallel_workers", std::min(cpus, processes), from);
        set("max_parallel_workers_per_gather", half, fmt::format("half of {}, at most 4", from));
        set("max_parallel_maintenance_workers", half, fmt::format("half of {}, at most 4", from));
    }

    // In powers of two: nothing changes with a disk that is a little larger.
    void add_wal() {
        if (!inputs_.machine.disk) {
            return;
        }
        const double disk = *inputs_.machine.disk / kMegabyte;
        double most = 256;
        while (most * 2 <= std::min(4 * kMegabytesPerGigabyte, disk / 20)) {
            most *= 2;
        }
        set_size("max_wal_size", most,
                 fmt::format("1/20 of the disk's {:.0f} GB, from 256 MB to 4 GB",
                             disk / kMegabytesPerGigabyte));
        set_size("min_wal_size", most / 4, "a quarter of max_wal_size");
    }

    void add_citus() {
        const std::string nodes = fmt::format("10 + {} workers", inputs_.workers);
        if (!inputs_.given.max_prepared_transactions) {
            set("max_prepared_transactions", share_.max_prepared_transactions,
                "twice max_connections");
        }
        if (!inputs_.given.max_locks_per_transaction) {
            set("max_locks_per_transaction", share_.locks,
                fmt::format("a transaction locks many shards; 256 from 4 GB: {}", memory()));
        }
        set("max_wal_senders", wal_senders(inputs_), nodes);
        set("max_replication_slots", wal_senders(inputs_), nodes);
        set("max_logical_replication_workers", 8, "shard moves copy by logical replication");
        add_pools();
    }

    void add_pools() {
        if (division_.clients > 0) {
            set("citus.max_client_connections", division_.clients,
                "sessions that are not superusers'; each keeps one connection to each worker");
        }
        if (division_.local > 0) {
            set("citus.local_shared_pool_size", division_.local,
                inputs_.role == TunedRole::standalone ? "one for four sessions"
                                                      : "a quarter of max_connections");
        }
        if (division_.pool > 0 && !inputs_.given.pool) {
            set("citus.max_shared_pool_size", division_.pool,
                fmt::format("0.9 of the sessions of {}{}", worker(),
                            inputs_.is_queried_on_workers ? ", through all nodes" : ""));
        }
        const int queries = multi_shard_queries(inputs_);
        const int pool = division_.pool > 0 ? division_.pool : division_.local;
        if (pool > 0) {
            const int of_query = std::clamp(pool / queries, 1, kMostOfQuery);
            set("citus.max_adaptive_executor_pool_size", of_query,
                fmt::format("{} connections for {} multi-shard queries at once", pool, queries));
            add_slow_start(pool, of_query);
        }
    }

    // A query that could use more connections than the pool has left asks for them at each
    // interval, and each time keeps some memory to its end (measured with Citus 13.2: 1.3 kB).
    void add_slow_start(int pool, int of_query) {
        constexpr double kAttempt = 0.0013;  // MB
        constexpr double kShare = 0.005;     // of the memory, in a second
        constexpr double kSecond = 1000;     // ms
        constexpr double kDefault = 10;      // ms
        if (of_query == 1 || division_.clients * of_query <= pool) {
            return;
        }
        const int workers = inputs_.known ? inputs_.known->count : std::max(1, inputs_.workers);
        const double attempts = static_cast<double>(division_.clients) * of_query * workers;
        const double interval = std::ceil(attempts * kAttempt / (kShare * share_.memory) * kSecond);
        set("citus.executor_slow_start_interval",
            fmt::format("{:.0f}ms", std::clamp(interval, kDefault, kSecond)),
            fmt::format("{} sessions that wait for {} connections to each of {} nodes take at most "
                        "0.005 of {} a second",
                        division_.clients, of_query, workers, memory()));
    }

    const TuningInputs& inputs_;
    const MemoryShare share_;
    const Division division_;
    Tuning& tuning_;
};

}  // namespace

Tuning tune(const TuningInputs& inputs) {
    Tuning tuning;
    Formulas(inputs, tuning).run();
    return tuning;
}

}  // namespace citus_init::render
