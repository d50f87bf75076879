#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/monitor/snapshot.h"
#include "citus_init/status/node_status.h"

// What a person is shown of a node and of its cluster, by the page and by `citus-init top`. Sizes
// are bytes, times seconds. A value that is not known is std::nullopt or "".
namespace citus_init::overview {

// What stands in the way of anything, and what resolves it.
struct Obstacle {
    enum class Severity { error, warning };
    Severity severity = Severity::warning;
    std::string node;  // "w1:5432", "" = the one that was asked
    std::string text;
    std::string command;  // for a shell in the container, or for psql; "" = `text` says it
};

struct ThisNode {
    std::string name;  // "" without Citus
    std::string role;  // "coordinator", "worker", "" without Citus
    std::string phase;
    std::string reason;
    std::string since;                       // RFC 3339 UTC
    std::string membership;                  // "2 of 2 workers registered"
    int restarts = 0;                        // of the server
    std::string postgresql;                  // version
    std::string citus;                       // version of the extension in the database
    std::optional<double> started;           // the server, in seconds since 1970
    std::optional<double> certificate_ends;  // the same
    std::optional<double> lease_left;        // of a primary that Patroni manages, in seconds
};

struct NodeRow {
    enum class State {
        up,
        down,      // does not answer
        unknown,   // was not asked yet
        inactive,  // registered, takes no part
        standby,   // not asked: the primary of its group is
    };
    std::string address;
    int group_id = 0;
    State state = State::unknown;
    std::string reason;      // why it is not up
    bool has_shards = true;  // is to have some
    std::optional<double> shards;
    std::optional<double> bytes;  // of shards
    std::optional<double> connections;
    std::optional<double> max_connections;
    std::optional<double> pool_used;  // connections to it from this node, of Citus
    std::optional<double> round_trip;
    std::string postgresql;
    std::string citus;
};

// A statement, with its parts on other nodes.
struct QueryRow {
    std::int64_t id = 0;             // a global process id in a cluster, else a process id
    std::vector<std::string> nodes;  // where it runs, the one that a client has first
    std::string database;
    std::string role;
    std::string state;
    std::string waits_for;
    double seconds = 0;
    std::vector<std::int64_t> blocked_by;
    bool blocked_by_prepared = false;  // by a prepared transaction
    int blocks = 0;                    // that many others
    std::string text;                  // without passwords
};

struct Overview {
    monitor::WallTime now;
    std::optional<double> age;  // of the server's numbers
    ThisNode node;
    std::vector<Obstacle> obstacles;  // errors first
    std::vector<NodeRow> nodes;       // of the cluster; only the local server where it is in none
    monitor::Imbalance imbalance;
    std::optional<double> pool_size;        // per node
    std::vector<monitor::ShardMove> moves;  // that run, or wait
    double moves_done = 0;
    double moves_queued = 0;  // background tasks that have not begun
    std::vector<QueryRow> queries;
    std::optional<monitor::Activity> activity;
    std::optional<monitor::Replication> replication;
    std::optional<monitor::Archiver> archiver;
    std::optional<status::ArchivingStatus> archiving;  // with CITUS_BACKUP, of a primary
    std::optional<status::BackupStatus> backup;        // of a coordinator with a schedule
    std::optional<double> lag;                         // of this server, where it is a standby
};

// Pure.
Overview overview_of(const status::NodeStatus& status, const monitor::Snapshot& snapshot,
                     monitor::WallTime now);

// One JSON object, one line. The keys are the members' names.
std::string to_json(const Overview& overview);

const char* severity_name(Obstacle::Severity severity);
const char* state_name(NodeRow::State state);

}  // namespace citus_init::overview
