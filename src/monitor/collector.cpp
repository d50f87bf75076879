#include "citus_init/monitor/collector.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "citus_init/citus/node_conninfo.h"

#include "monitor/cluster_reader.h"
#include "monitor/node_probe.h"
#include "monitor/parts.h"
#include "monitor/schedule.h"
#include "monitor/server_reader.h"

namespace citus_init::monitor {

namespace {

template <typename Parts>
void forget_values(Parts& parts) {
    for_each_part(parts, [](std::string_view /*name*/, auto& part) {
        part.value.reset();
        part.collection.taken_at.reset();
    });
}

std::vector<ClusterNode> primaries_of(const ClusterSnapshot& cluster) {
    std::vector<ClusterNode> primaries;
    std::copy_if(cluster.nodes.value->begin(), cluster.nodes.value->end(),
                 std::back_inserter(primaries),
                 [](const ClusterNode& node) { return node.is_primary; });
    return primaries;
}

}  // namespace

class Collector::Threads {
  public:
    explicit Threads(const Sources& sources)
        : connector_(*sources.connector),
          local_target_(with_limits(sources.local)),
          has_citus_(sources.has_citus),
          each_table_(sources.each_table),
          interval_(sources.interval),
          node_threads_(std::max<std::size_t>(sources.node_threads, 1)),
          node_target_(with_limits(sources.node)) {
        threads_.emplace_back([this] { collect_local(); });
        for (std::size_t i = 0; has_citus_ && i < node_threads_; ++i) {
            threads_.emplace_back([this] { collect_nodes(); });
        }
    }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;
    ~Threads() { stop(); }

    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        for (std::thread& thread : threads_) {
            thread.join();
        }
        threads_.clear();
    }

    std::shared_ptr<const Snapshot> snapshot() const {
        const std::lock_guard lock(mutex_);
        return published_;
    }

  private:
    // --- The thread of the local server ---

    void collect_local() {
        Snapshot snapshot;
        SizeSchedule sizes;
        while (!stopping_) {
            const auto begin = std::chrono::steady_clock::now();
            run_pass(snapshot, sizes);
            ++snapshot.passes;
            std::unique_lock lock(mutex_);
            publish(snapshot);
            const auto next =
                std::max(begin + interval_, std::chrono::steady_clock::now() + interval_ / 10);
            changed_.wait_until(lock, next, [this] { return stopping_.load(); });
        }
    }

    void run_pass(Snapshot& snapshot, SizeSchedule& sizes) {
        const auto begin = std::chrono::steady_clock::now();
        ServerSnapshot& server = snapshot.server;
        const auto session = open_session(connector_, local_target_, has_citus_, server.session);
        const auto is_stopping = [this] { return stopping_.load(); };
        if (session) {
            read_server(*session, server, is_stopping);
        }
        if (!session || !server.facts.value) {
            forget_values(server);
            if (snapshot.cluster) {
                forget_values(*snapshot.cluster);
            }
            sizes = {};  // at once when it is back
            return;
        }
        if (has_citus_ && !is_stopping()) {
            read_cluster(*session, snapshot);
        }
        const bool with_sizes = !is_stopping() && sizes.is_due(begin);
        const auto sizes_begin = std::chrono::steady_clock::now();
        if (with_sizes) {
            read_server_sizes(*session, server);
        }
        sizes.note_pass(with_sizes, begin, std::chrono::steady_clock::now() - sizes_begin);
    }

    // On a standby the primary's collector has the same.
    void read_cluster(citus::Session& session, Snapshot& snapshot) {
        auto sources = read_sources(session);
        if (!sources) {  // a lock, or a server that is being stopped: the nodes are still asked
            if (snapshot.cluster) {
                forget_values(*snapshot.cluster);
                note_failure(snapshot.cluster->facts.collection, sources.error());
            }
            return;
        }
        const bool is_coordinator = sources->group_id == 0;
        if (!is_coordinator || snapshot.server.facts.value->in_recovery) {
            snapshot.cluster.reset();
            set_nodes({}, {});
            return;
        }
        if (!snapshot.cluster) {
            snapshot.cluster.emplace();
        }
        sources->each_table = each_table_;
        read_cluster_snapshot(session, *sources, *snapshot.cluster,
                              [this] { return stopping_.load(); });
        if (!snapshot.cluster->nodes.value) {
            return;  // those of before are still asked
        }
        const auto primaries = primaries_of(*snapshot.cluster);
        std::unordered_map<int, std::optional<ShardNames>> names;
        for (const ClusterNode& node : primaries) {
            if (!knows_its_shards(node) && !stopping_) {
                names[node.group_id] = read_shard_names(session, node.group_id);
            }
        }
        // Nodes log in to each other by what it names: certificates.
        if (const auto options = citus::read_node_conninfo(session)) {
            const std::lock_guard lock(mutex_);
            node_target_.options = *options;
        }
        set_nodes(primaries, names);
    }

    // The nodes to be asked from now on.
    void set_nodes(const std::vector<ClusterNode>& nodes,
                   const std::unordered_map<int, std::optional<ShardNames>>& shard_names) {
        const std::lock_guard lock(mutex_);
        std::vector<NodeTurn> turns;
        std::unordered_map<HostPort, NodeProbe, HostPortHash> probes;
        for (const ClusterNode& node : nodes) {
            const auto turn = find_turn(node.address);
            turns.push_back(turn != turns_.end() ? *turn : NodeTurn{node.address});
            NodeProbe& probe = probes[node.address] = std::move(probes_[node.address]);
            probe.answer.address = node.address;
            probe.answer.group_id = probe.group_id = node.group_id;
            probe.knows_its_shards = knows_its_shards(node);
            probe.each_table = each_table_;
            const auto names = shard_names.find(node.group_id);
            probe.shard_names = names != shard_names.end() ? names->second : std::nullopt;
        }
        turns_ = std::move(turns);
        probes_ = std::move(probes);
        changed_.notify_all();
    }

    // --- The threads of the nodes ---

    void collect_nodes() {
        std::unique_lock lock(mutex_);
        while (!stopping_) {
            const auto now = std::chrono::steady_clock::now();
            const auto chosen = next_turn(turns_, node_threads_, now);
            if (!chosen) {
                wait_for_turn(lock, now);
                continue;
            }
            turns_[*chosen].is_busy = true;
            const HostPort address = turns_[*chosen].address;
            NodeProbe probe = probes_[address];
            const citus::ConnectionTarget target = target_of(probe);
            lock.unlock();
            run_probe(connector_, target, probe);
            lock.lock();
            keep_answer(address, probe, now);
        }
    }

    void wait_for_turn(std::unique_lock<std::mutex>& lock, SteadyTime now) {
        if (const auto due = next_due(turns_, now)) {
            changed_.wait_until(lock, *due);
        } else {
            changed_.wait(lock);
        }
    }

    // With the lock.
    citus::ConnectionTarget target_of(const NodeProbe& probe) const {
        if (probe.group_id == 0) {
            return local_target_;
        }
        citus::ConnectionTarget target = node_target_;
        target.host = probe.answer.address.host;
        target.port = probe.answer.address.port;
        return target;
    }

    // With the lock. The node may have been removed meanwhile, or be asked for something else.
    void keep_answer(const HostPort& address, NodeProbe& probe, SteadyTime begin) {
        const auto turn = find_turn(address);
        if (turn == turns_.end()) {
            return;
        }
        turn->is_busy = false;
        turn->consecutive_failures = probe.answer.consecutive_failures;
        turn->due = begin + delay_after(turn->consecutive_failures, interval_);
        NodeProbe& kept = probes_[address];
        if (kept.group_id == probe.group_id) {
            kept.answer = std::move(probe.answer);
            kept.sizes = probe.sizes;
        }
        publish(*published_);
        changed_.notify_all();
    }

    std::vector<NodeTurn>::iterator find_turn(const HostPort& address) {
        return std::find_if(turns_.begin(), turns_.end(),
                            [&](const NodeTurn& turn) { return turn.address == address; });
    }

    // --- With the lock ---

    void publish(Snapshot snapshot) {
        if (snapshot.cluster) {
            snapshot.cluster->answers.clear();
            for (const NodeTurn& turn : turns_) {
                snapshot.cluster->answers.push_back(probes_[turn.address].answer);
            }
        }
        published_ = std::make_shared<const Snapshot>(std::move(snapshot));
    }

    citus::Connector& connector_;
    const citus::ConnectionTarget local_target_;
    const bool has_citus_;
    const bool each_table_;
    const std::chrono::milliseconds interval_;
    const std::size_t node_threads_;

    // Never held while a statement runs.
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<bool> stopping_{false};
    citus::ConnectionTarget node_target_;
    std::shared_ptr<const Snapshot> published_ = std::make_shared<const Snapshot>();
    std::vector<NodeTurn> turns_;
    std::unordered_map<HostPort, NodeProbe, HostPortHash> probes_;  // by the same addresses
    std::vector<std::thread> threads_;
};

Collector::Collector() = default;
Collector::~Collector() = default;

void Collector::start(const Sources& sources) {
    threads_ = std::make_unique<Threads>(sources);
}

void Collector::stop() {
    if (threads_) {
        threads_->stop();
    }
}

std::shared_ptr<const Snapshot> Collector::snapshot() const {
    return threads_ ? threads_->snapshot() : std::make_shared<const Snapshot>();
}

}  // namespace citus_init::monitor
