#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "citus_init/base/disk_space.h"
#include "citus_init/citus/cluster.h"
#include "citus_init/citus/node_facts.h"

// What was read, as values; what none of it is was not read, and no check concludes anything from
// it. Lists of names are cut to kMostNames by the readers.
namespace citus_init::doctor {

inline constexpr int kMostNames = 200;

// The database that Citus is in, or POSTGRES_DB.
struct DatabaseFacts {
    std::string encoding;
    std::string collate;
    std::string character_type;
    std::string locale_provider;  // 'c', 'i', 'b'; "" before PostgreSQL 15
    std::string provider_locale;  // of ICU or the built-in provider
    bool operator==(const DatabaseFacts&) const = default;
};

// What sorts text.
struct LibraryVersions {
    std::string libc;  // of the C library, "2.36"; "" = not known
    std::string icu;   // "" = not known
    std::string
        changed_collations;  // citus::collation_warning(): recorded by another version; "" = none
};

// A value of postgresql.auto.conf that another file has otherwise.
struct OverriddenSetting {
    std::string name;
    std::string value;  // "" where it may hold a secret
    std::string other;  // the same
    std::string file;   // that has the other
};

struct SettingFacts {
    // As current_setting() has them; sizes in bytes. A name that the server lacks is missing.
    std::map<std::string, std::string, std::less<>> values;
    std::vector<std::string> pending_restart;   // names
    std::vector<OverriddenSetting> overridden;  // by ALTER SYSTEM
    std::vector<std::string> errors;            // citus::configuration_warnings()

    // "" where it is missing.
    std::string text(std::string_view name) const;
    // None where it is missing or no number.
    std::optional<double> number(std::string_view name) const;
    // Whether it is there and off.
    bool is_off(std::string_view name) const;
};

// Of a database.
struct TransactionIdAge {
    std::string database;
    std::int64_t transactions = 0;  // age(datfrozenxid)
    std::int64_t multixacts = 0;    // mxid_age(datminmxid)
};

struct SequenceUse {
    std::string name;
    double used = 0;         // 0 to 1, of what is left up to the limit of sequence and column
    std::int64_t limit = 0;  // that it cannot pass
    std::string column;      // "public.t.id", "" = none owns it
};

struct CatalogTable {
    std::string name;
    std::int64_t live_rows = 0;
    std::int64_t dead_rows = 0;
    std::int64_t bytes = 0;  // indexes included
};

struct CatalogFacts {
    std::vector<std::string> invalid_indexes;
    std::vector<SequenceUse> sequences;  // half used or more
    std::vector<TransactionIdAge> ages;
    std::vector<CatalogTable> metadata_tables;  // pg_dist_*
    std::vector<std::string> without_identity;  // Citus tables, coordinator only
};

struct PreparedTransaction {
    std::string name;
    std::string owner;
    std::string database;
    std::int64_t age = 0;  // seconds
    bool of_citus = false;
};

struct ReplicationSlot {
    std::string name;
    bool active = false;
    std::string wal_status;       // "reserved", "extended", "unreserved", "lost", "" = none
    std::int64_t kept_bytes = 0;  // of WAL
    bool of_citus = false;        // of a shard's move or split
};

// A relation that is named as a shard is, and that neither a placement of the node's group nor
// pg_dist_cleanup explains.
struct UnplacedShard {
    std::string relation;  // qualified and quoted
    std::int64_t id = 0;
};

struct LeftoverFacts {
    std::vector<PreparedTransaction> prepared;
    std::vector<ReplicationSlot> slots;
    std::vector<UnplacedShard> unplaced;
    // Coordinator only: names in pg_dist_cleanup, the last shard id that was given out, and how
    // many shards are being moved, as far as that is known.
    std::vector<std::string> cleanup;
    std::int64_t last_shard_id = 0;
    std::optional<std::int64_t> moves;
};

struct ExtensionFacts {
    std::string installed;
    std::string available;  // on the node's disk; "" = its files are gone
    bool operator==(const ExtensionFacts&) const = default;
};

struct ObjectFacts {
    // What each role is and may: "superuser", "login", "member of readers". Without the system's
    // roles, those of citus-init, and passwords.
    std::map<std::string, std::set<std::string>> roles;
    std::map<std::string, ExtensionFacts> extensions;  // of the database
};

struct CertificateFacts {
    std::string file;
    std::int64_t start = 0;  // seconds since 1970
    std::int64_t end = 0;
};

// Of the machine or container that the node runs in.
struct MachineFacts {
    std::optional<double> memory_limit;   // bytes, of the cgroup; none: no limit, or not known
    std::optional<double> memory;         // bytes, of the machine
    std::optional<double> shared_memory;  // bytes that /dev/shm can have
    std::string file_system;        // of the data directory: "ext4", "overlay"; "" = not known
    std::optional<DiskSpace> disk;  // of the data directory; of the own node only
    std::string cut_off_stop{};     // when the last stop began, if it was cut off; else ""
};

struct ClockFacts {
    double ahead = 0;       // seconds, of the clock of the node where the examination runs
    double round_trip = 0;  // seconds; half of it is how far `ahead` may be wrong
};

struct SessionFacts {
    std::int64_t clients = 0;  // sessions of others than superusers, Citus and citus-init
};

// A node that is a member of a group, which Patroni manages.
struct MemberFacts {
    int group = 0;
    std::string name;  // in the group
    bool leads = false;
    bool is_synchronous = false;      // has what is acknowledged
    std::string state;                // "running", "streaming", or another in Patroni's terms
    std::optional<std::int64_t> lag;  // of a standby: bytes behind the leader
    std::optional<std::int64_t> timeline;
    std::string patroni;           // its version, "" = not known
    bool has_old_patroni = false;  // one that may lose rows
    bool never_leads = false;      // by its configuration
};

// A node as it was found.
struct NodeFacts {
    std::string name;             // "w1:5432"
    bool is_own = false;          // the examination runs beside it
    bool is_coordinator = false;  // no standby of it
    bool is_standby = false;      // a copy of its group's leader, which is a node of its own here
    std::optional<MemberFacts> member{};         // with Patroni
    std::optional<citus::RegisteredNode> row{};  // of pg_dist_node
    std::string trouble{};                       // why its server did not answer; "" = it did
    std::vector<std::string> unread{};           // "roles: permission denied ..."
    std::optional<citus::ServerFacts> server{};
    std::optional<DatabaseFacts> database{};
    std::optional<LibraryVersions> libraries{};
    std::optional<SettingFacts> settings{};
    std::optional<CatalogFacts> catalog{};
    std::optional<LeftoverFacts> leftovers{};
    std::optional<ObjectFacts> objects{};
    std::optional<CertificateFacts> certificate{};
    std::optional<ClockFacts> clock{};
    std::optional<SessionFacts> sessions{};
    MachineFacts machine{};
};

// A group of members, by its number.
struct GroupFacts {
    int number = 0;
    bool is_known = true;   // its members are
    std::string trouble{};  // why none of its members answered, "" = one did
    bool paused = false;    // maintenance mode
    std::optional<bool> synchronous_mode{};
};

// What another part of citus-init has found, and how to resolve it.
struct Remark {
    std::string what;
    std::string fix;
};

// All nodes, and what only the node knows where the examination runs.
struct ClusterFacts {
    std::vector<NodeFacts> nodes;  // the coordinator first, then by node id
    bool with_citus = false;
    std::int64_t now = 0;            // seconds since 1970
    std::string metadata_trouble{};  // why the other nodes are not known; "" = they are
    // About the own configuration: an unknown CITUS_* variable, one without effect.
    std::vector<std::string> configuration_warnings{};
    std::vector<GroupFacts> groups{};  // with Patroni
    std::vector<Remark> manager{};     // what the own manager of high availability has found

    // The coordinator where it answered, else the first node that did; nullptr: none did.
    const NodeFacts* reference() const;
    const NodeFacts* coordinator() const;  // nullptr: it is not known, or did not answer
    const NodeFacts* own() const;          // nullptr: not examined
};

}  // namespace citus_init::doctor
