#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/citus/session.h"
#include "citus_init/citus/version.h"
#include "citus_init/citus/wal_position.h"

namespace citus_init::citus {

// Who a node is, whatever its name: the first is made by initdb and survives copies of the data
// directory, the second by CREATE EXTENSION citus, per database.
struct Identity {
    std::string system_identifier;
    std::string server_id;
    bool operator==(const Identity&) const = default;
};

struct IdentityHash {
    std::size_t operator()(const Identity& identity) const {
        return std::hash<std::string>()(identity.server_id) * 31 +
               std::hash<std::string>()(identity.system_identifier);
    }
};

// What a server reports of itself in any database.
struct ServerFacts {
    bool in_recovery = false;
    bool superuser = false;  // the role that asked
    int version_number = 0;  // server_version_num: 150020
    std::string encoding;
    bool citus_preloaded = false;
    std::string library_version;                    // "13.2.2"; "" where not loaded
    std::optional<ExtensionVersion> extension;      // in this database
    std::optional<ExtensionVersion> available;      // on its disk
    std::optional<std::string> columnar_extension;  // version in this database
    std::optional<std::string> columnar_available;  // version on its disk
    std::string system_identifier;
    WalPosition wal;                   // flushed, or replayed
    TimelineEnds timeline_ends{};      // of the timelines before; empty on the first
    bool is_copied_directory = false;  // says its own agent: not the directory that was confirmed
    std::string started_at;  // when its postmaster started, by its own clock; only to be compared

    int postgres_major() const { return version_number / 10000; }
    // Major and minor version of the loaded library; none where it is not known.
    std::optional<ExtensionVersion> library() const;
};

// What lies in a database that is, or was, a worker's, by the tables themselves: metadata may be
// gone. Shards are known by their names ("orders_102008").
struct StoredTables {
    long shards = 0;
    std::vector<std::string> sharded;  // the tables that they are of
    long others = 0;  // tables with rows of their own: neither shards nor distributed tables
    bool nothing() const { return shards == 0 && others == 0; }
};

// Numbers that a coordinator gives out, each once and in order.
struct CatalogIds {
    std::int64_t shard = 0;
    std::int64_t node = 0;
};

// What the Citus catalogs of a database show of it. Only where the extension is.
struct MembershipFacts {
    int group_id = 0;         // 0: coordinator, or no member of any cluster
    long node_count = 0;      // rows of its pg_dist_node
    std::string coordinator;  // "host:port" of its coordinator's row, "" = none
    std::string server_id;
    std::string
        last_upgrade_version;  // last finished citus_finish_citus_upgrade(), or the creation
    long distributed_tables = 0;
    long user_relations = 0;  // tables, views, sequences that no extension owns
    CatalogIds greatest{};    // that its catalogs have
    // pg_upgrade was run, and citus_finish_pg_upgrade() was not called: the catalogs are empty, and
    // what belongs into them is in tables of "public".
    bool upgrade_is_unfinished = false;
    StoredTables stored{};  // read for what is not empty, by examine()
};

[[nodiscard]] SqlResult<ServerFacts> read_server_facts(Session& session);
[[nodiscard]] SqlResult<MembershipFacts> read_membership_facts(Session& session);
// The same as in the facts, without the rest. "" = the metadata has none.
[[nodiscard]] SqlResult<std::string> read_server_id(Session& session);
// Of a coordinator: the last ones that it has given out. A worker that was read before and knows
// greater ones has them from a later state of the coordinator's data.
[[nodiscard]] SqlResult<CatalogIds> read_issued_ids(Session& coordinator);
// After citus.override_table_visibility was switched off, without which shards are hidden.
[[nodiscard]] SqlResult<StoredTables> read_stored_tables(Session& session);

}  // namespace citus_init::citus
