#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/monitor/part.h"
#include "citus_init/monitor/running_query.h"

namespace citus_init::monitor {

// Numbers by the name of their column; a NULL is not there.
using Numbers = std::map<std::string, double>;

struct ServerFacts {
    int version = 0;      // server_version_num
    std::string banner;   // version()
    std::string release;  // "15.20"
    double started = 0;   // seconds since the epoch
    bool in_recovery = false;
    bool replay_paused = false;
    std::optional<double> timeline;
    std::optional<double> wal_position;
    std::optional<double> lag;  // seconds, in recovery
    // By name; booleans are 0 and 1, sizes are bytes and end in _bytes.
    Numbers settings;
    double settings_waiting_for_restart = 0;
};

// Sessions that agree in all but their number and their transactions.
struct SessionGroup {
    std::optional<std::string> database;
    std::string role;
    bool is_client = false;
    std::string state;  // "" = none, of a process that has no session
    bool waits_for_lock = false;
    double count = 0;
    double oldest_transaction = 0;  // seconds
};

struct Activity {
    std::vector<SessionGroup> sessions;
    std::optional<double> longest_lock_wait;  // seconds; none: not known before PostgreSQL 14
};

struct Database {
    std::string oid;
    std::string name;
    double xid_age = 0;
    double mxid_age = 0;
    Numbers counters;  // of pg_stat_database
};

struct Wal {
    double segments = 0;
    double bytes = 0;
    Numbers counters;  // of pg_stat_wal
};

struct ReplicationSlot {
    std::string name;
    std::string type;
    bool active = false;
    bool lost = false;
    std::optional<double> retained_bytes;
};

struct Receiver {
    std::string application_name;
    std::string address;
    std::string state;
    std::string sync_state;
    std::optional<double> lag_bytes;
    std::optional<double> lag;  // seconds
};

struct Replication {
    std::vector<ReplicationSlot> slots;
    std::vector<Receiver> receivers;
};

struct Archiver {
    bool enabled = false;
    bool failing = false;
    double archived = 0;
    double failed = 0;
    std::optional<double> last_archive_age;  // seconds
};

struct PreparedTransactions {
    double count = 0;
    double oldest_age = 0;  // seconds
};
// By whose they are: "citus" or "other".
using PreparedByOwner = std::map<std::string, PreparedTransactions>;

// The server of this node.
struct ServerSnapshot {
    Collection session;  // opening one
    Part<ServerFacts> facts;
    Part<Activity> activity;
    Part<Numbers> xmin_ages;  // by holder
    Part<std::vector<Database>> databases;
    Part<Wal> wal;
    Part<Replication> replication;
    Part<Numbers> checkpoints;  // by the columns of pg_stat_bgwriter before PostgreSQL 17
    Part<Archiver> archiver;
    Part<std::map<std::string, Numbers>> io;  // by kind of process
    Part<PreparedByOwner> prepared;
    Part<std::vector<RunningQuery>> queries;  // the longest first, 50 at most
    Part<Numbers> database_sizes;             // bytes by name

    bool is_up() const { return session.took && session.sqlstate.empty() && facts.value; }
};

}  // namespace citus_init::monitor
