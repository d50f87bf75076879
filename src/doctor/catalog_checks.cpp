#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/size_text.h"
#include "citus_init/base/text.h"
#include "citus_init/citus/session.h"

#include "doctor/check_functions.h"
#include "doctor/check_parts.h"

namespace citus_init::doctor {

namespace {

constexpr double kNearEnd = 0.8;
// vacuum_failsafe_age: from here on VACUUM drops everything else (PostgreSQL 14 and later).
constexpr double kFailsafe = 1.6e9;
constexpr double kTimesTheLimit = 1.5;  // autovacuum begins at the limit
constexpr std::int64_t kManyDeadRows = 10'000;

// The oldest of one kind: transactions or multixacts.
struct Oldest {
    std::string text;
    double age = 0;
    double limit = 0;  // at which autovacuum freezes, however few rows are dead; 0 = not known
};

Oldest oldest_of(const NodeFacts& node, std::int64_t TransactionIdAge::*kind, const char* name,
                 const char* setting) {
    Oldest oldest;
    for (const TransactionIdAge& database :
         node.catalog ? node.catalog->ages : std::vector<TransactionIdAge>()) {
        if (const auto age = static_cast<double>(database.*kind); age > oldest.age) {
            oldest.age = age;
            oldest.text = fmt::format("{} in the database \"{}\" are {:.0f} million old", name,
                                      database.database, age / 1e6);
        }
    }
    oldest.limit = node.settings ? node.settings->number(setting).value_or(0) : 0;
    return oldest;
}

std::vector<Oldest> oldest_ids(const NodeFacts& node) {
    return {oldest_of(node, &TransactionIdAge::transactions, "transaction ids",
                      "autovacuum_freeze_max_age"),
            oldest_of(node, &TransactionIdAge::multixacts, "multixact ids",
                      "autovacuum_multixact_freeze_max_age")};
}

}  // namespace

void find_invalid_indexes(const NodeFacts& node, Report& report) {
    if (node.catalog && !node.catalog->invalid_indexes.empty()) {
        const auto& indexes = node.catalog->invalid_indexes;
        report.add(node, "invalid indexes: " + names_text(indexes),
                   fmt::format("On this node, for each: REINDEX INDEX CONCURRENTLY {}; or DROP "
                               "INDEX CONCURRENTLY where it is not needed, as what ends in _ccnew "
                               "or _ccold",
                               indexes.front()));
    }
}

void find_full_sequences(const NodeFacts& node, Report& report) {
    if (!node.catalog) {
        return;
    }
    for (const SequenceUse& sequence : node.catalog->sequences) {
        if (sequence.used >= kNearEnd) {
            const std::string owner =
                sequence.column.empty() ? "" : fmt::format(" (of {})", sequence.column);
            report.add(node,
                       fmt::format("the sequence {}{} has used {:.0f} % of its range, up to {}",
                                   sequence.name, owner, sequence.used * 100, sequence.limit),
                       "Change the column, and those that refer to it, to bigint: ALTER TABLE ... "
                       "ALTER COLUMN ... TYPE bigint (it rewrites the table), ALTER SEQUENCE ... "
                       "AS bigint");
        }
    }
}

void find_late_freezing(const NodeFacts& node, Report& report) {
    for (const Oldest& oldest : oldest_ids(node)) {
        if (oldest.limit > 0 && oldest.age > kTimesTheLimit * oldest.limit &&
            oldest.age < kFailsafe) {
            report.add(node,
                       fmt::format("{}, autovacuum freezes at {:.0f} million", oldest.text,
                                   oldest.limit / 1e6),
                       "End what holds them back (long transactions, prepared transactions, "
                       "replication slots), then VACUUM (FREEZE) in that database");
        }
    }
}

void find_near_wraparound(const NodeFacts& node, Report& report) {
    for (const Oldest& oldest : oldest_ids(node)) {
        if (oldest.age >= kFailsafe) {
            report.add(node,
                       fmt::format("{}; the server refuses writes at 2144 million", oldest.text),
                       "End what holds them back (long transactions, prepared transactions, "
                       "replication slots), then VACUUM (FREEZE) in that database at once");
        }
    }
}

void find_metadata_bloat(const NodeFacts& node, Report& report) {
    if (!node.catalog) {
        return;
    }
    for (const CatalogTable& table : node.catalog->metadata_tables) {
        if (table.dead_rows >= kManyDeadRows && table.dead_rows > table.live_rows) {
            const std::string vacuum = "VACUUM pg_catalog." + citus::quote_identifier(table.name);
            report.add(node,
                       fmt::format("{} has {} dead rows beside {} live ones, {} in all", table.name,
                                   table.dead_rows, table.live_rows, size_text(table.bytes)),
                       vacuum + " on this node; end long transactions before",
                       Repair{node.name, vacuum});
        }
    }
}

void find_tables_without_identity(const NodeFacts& node, Report& report) {
    if (node.catalog && !node.catalog->without_identity.empty()) {
        const auto& tables = node.catalog->without_identity;
        report.add(node, "tables without replica identity: " + names_text(tables),
                   fmt::format("ALTER TABLE {} ADD PRIMARY KEY (...), or ALTER TABLE {} REPLICA "
                               "IDENTITY FULL; or move their shards with --mode block_writes",
                               tables.front(), tables.front()));
    }
}

}  // namespace citus_init::doctor
