#include "monitor/server_samples.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "citus_init/metrics/named_metric.h"

#include "monitor/bounded_labels.h"

namespace citus_init::monitor {

namespace {

using metrics::SampleSet;
using namespace metrics::literals;

constexpr std::size_t kMostRoles = 50;
// Every state that pg_stat_activity has.
constexpr std::array<const char*, 6> kSessionStates{"active",
                                                    "idle",
                                                    "idle in transaction",
                                                    "idle in transaction (aborted)",
                                                    "disabled",
                                                    "fastpath function call"};

// PREFIX + column + SUFFIX names the metric of a column. A column that no metric belongs to has
// none.
void add_numbers(SampleSet& samples, std::string_view prefix, const Numbers& numbers,
                 std::string_view suffix, std::initializer_list<std::string_view> labels = {}) {
    for (const auto& [column, value] : numbers) {
        const auto* metric =
            metrics::find_metric(std::string(prefix) + column + std::string(suffix));
        if (metric != nullptr) {
            samples.add(*metric, value, labels);
        }
    }
}

void add_server_facts(SampleSet& samples, const ServerFacts& facts) {
    samples.add("pg_static"_metric, 1, {facts.release, facts.banner});
    samples.add("pg_postmaster_start_time_seconds"_metric, facts.started);
    samples.add("pg_replication_is_replica"_metric, facts.in_recovery ? 1 : 0);
    if (facts.in_recovery) {
        add_if(samples, "pg_replication_lag_seconds"_metric, facts.lag);
        samples.add("pg_replication_paused"_metric, facts.replay_paused ? 1 : 0);
    }
    add_if(samples, "pg_wal_timeline"_metric, facts.timeline);
    add_if(samples, "pg_wal_position_bytes"_metric, facts.wal_position);
    add_numbers(samples, "pg_settings_", facts.settings, "");
    samples.add("pg_settings_waiting_for_restart"_metric, facts.settings_waiting_for_restart);
}

struct StateTotals {
    double count = 0;
    double oldest = 0;
};

// Every database with every state, so that a series does not begin with the first session.
std::map<std::pair<std::string, std::string>, StateTotals> by_state(const ServerSnapshot& server) {
    std::map<std::pair<std::string, std::string>, StateTotals> totals;
    if (server.databases.value) {
        for (const Database& database : *server.databases.value) {
            for (const char* state : kSessionStates) {
                totals[{database.name, state}];
            }
        }
    }
    for (const SessionGroup& group : server.activity.value->sessions) {
        if (group.database && !group.state.empty()) {
            StateTotals& total = totals[{*group.database, group.state}];
            total.count += group.count;
            total.oldest = std::max(total.oldest, group.oldest_transaction);
        }
    }
    return totals;
}

void add_activity(SampleSet& samples, const ServerSnapshot& server) {
    std::map<std::string, double> roles;
    std::map<std::string, double> waiting;
    double oldest = 0;
    for (const SessionGroup& group : server.activity.value->sessions) {
        if (group.is_client) {
            roles[group.role] += group.count;
            oldest = std::max(oldest, group.oldest_transaction);
        }
        waiting[group.database.value_or("")] += group.waits_for_lock ? group.count : 0;
    }
    for (const auto& [key, total] : by_state(server)) {
        samples.add("pg_stat_activity_count"_metric, total.count, {key.first, key.second});
        samples.add("pg_stat_activity_max_tx_duration"_metric, total.oldest,
                    {key.first, key.second});
    }
    for (const auto& [role, count] : bound_roles(roles, kMostRoles)) {
        samples.add("pg_role_connections"_metric, count, {role});
    }
    for (const auto& [database, count] : waiting) {
        samples.add("pg_locks_waiting"_metric, count, {database});
    }
    samples.add("pg_oldest_transaction_age_seconds"_metric, oldest);
    add_if(samples, "pg_locks_longest_wait_seconds"_metric,
           server.activity.value->longest_lock_wait);
}

void add_databases(SampleSet& samples, const std::vector<Database>& databases) {
    for (const Database& database : databases) {
        add_numbers(samples, "pg_stat_database_", database.counters, "",
                    {database.oid, database.name});
        samples.add("pg_database_xid_age"_metric, database.xid_age, {database.name});
        samples.add("pg_database_mxid_age"_metric, database.mxid_age, {database.name});
    }
}

void add_slots(SampleSet& samples, const std::vector<ReplicationSlot>& slots) {
    std::map<std::pair<std::string, std::string>, ReplicationSlot> by_name;
    for (const ReplicationSlot& slot : slots) {
        ReplicationSlot& known = by_name[{stable_name(slot.name), slot.type}];
        known.active = known.active || slot.active;
        known.lost = known.lost || slot.lost;
        if (slot.retained_bytes) {
            known.retained_bytes = std::max(known.retained_bytes.value_or(0), *slot.retained_bytes);
        }
    }
    for (const auto& [key, slot] : by_name) {
        const auto& [name, type] = key;
        samples.add("pg_replication_slots_active"_metric, slot.active ? 1 : 0, {name, type});
        samples.add("pg_replication_slots_lost"_metric, slot.lost ? 1 : 0, {name, type});
        if (slot.retained_bytes) {
            samples.add("pg_replication_slots_pg_wal_lsn_diff"_metric, *slot.retained_bytes,
                        {name, type});
        }
    }
}

// Of several receivers of one name and address the one that is furthest behind.
void add_receivers(SampleSet& samples, const std::vector<Receiver>& receivers) {
    using Key = std::pair<std::string, std::string>;
    std::map<Key, double> states;
    std::map<Key, double> bytes;
    std::map<Key, double> seconds;
    const auto keep_largest = [](std::map<Key, double>& values, const Key& key,
                                 const std::optional<double>& value) {
        if (value) {
            values[key] = std::max(values[key], *value);
        }
    };
    for (const Receiver& receiver : receivers) {
        const Key key{stable_name(receiver.application_name), receiver.address};
        states[{receiver.state, receiver.sync_state}] += 1;
        keep_largest(bytes, key, receiver.lag_bytes);
        keep_largest(seconds, key, receiver.lag);
    }
    for (const auto& [key, count] : states) {
        samples.add("pg_replicas"_metric, count, {key.first, key.second});
    }
    for (const auto& [key, value] : bytes) {
        samples.add("pg_replica_lag_bytes"_metric, value, {key.first, key.second});
    }
    for (const auto& [key, value] : seconds) {
        samples.add("pg_replica_lag_seconds"_metric, value, {key.first, key.second});
    }
}

void add_archiver(SampleSet& samples, const Archiver& archiver) {
    samples.add("pg_stat_archiver_archived_count"_metric, archiver.archived);
    samples.add("pg_stat_archiver_failed_count"_metric, archiver.failed);
    add_if(samples, "pg_stat_archiver_last_archive_age"_metric, archiver.last_archive_age);
    samples.add("pg_archiver_enabled"_metric, archiver.enabled ? 1 : 0);
    samples.add("pg_archiver_failing"_metric, archiver.failing ? 1 : 0);
}

void add_wal(SampleSet& samples, const Wal& wal) {
    samples.add("pg_wal_segments"_metric, wal.segments);
    samples.add("pg_wal_size_bytes"_metric, wal.bytes);
    add_numbers(samples, "pg_stat_wal_", wal.counters, "_total");
}

void add_prepared(SampleSet& samples, const PreparedByOwner& prepared) {
    for (const auto& [owner, transactions] : prepared) {
        samples.add("pg_prepared_transactions"_metric, transactions.count, {owner});
        samples.add("pg_prepared_transactions_oldest_age_seconds"_metric, transactions.oldest_age,
                    {owner});
    }
}

}  // namespace

void add_server_samples(SampleSet& samples, const ServerSnapshot& server) {
    if (!server.session.took) {
        return;  // before the first pass
    }
    samples.add("pg_up"_metric, server.is_up() ? 1 : 0);
    const auto add = [&](const auto& part, const auto& add_value) {
        if (part.value) {
            add_value(samples, *part.value);
        }
    };
    add(server.facts, add_server_facts);
    if (server.activity.value) {
        add_activity(samples, server);
    }
    add(server.databases, add_databases);
    add(server.wal, add_wal);
    add(server.replication, [](SampleSet& set, const Replication& replication) {
        add_slots(set, replication.slots);
        add_receivers(set, replication.receivers);
    });
    add(server.checkpoints, [](SampleSet& set, const Numbers& counters) {
        add_numbers(set, "pg_stat_bgwriter_", counters, "_total");
    });
    add(server.archiver, add_archiver);
    add(server.prepared, add_prepared);
    add(server.io, [](SampleSet& set, const std::map<std::string, Numbers>& kinds) {
        for (const auto& [kind, counters] : kinds) {
            add_numbers(set, "pg_stat_io_", counters, "_total", {kind});
        }
    });
    add(server.xmin_ages, [](SampleSet& set, const Numbers& ages) {
        for (const auto& [holder, age] : ages) {
            set.add("pg_oldest_xmin_age"_metric, age, {holder});
        }
    });
    add(server.database_sizes, [](SampleSet& set, const Numbers& sizes) {
        for (const auto& [database, bytes] : sizes) {
            set.add("pg_database_size_bytes"_metric, bytes, {database});
        }
    });
}

}  // namespace citus_init::monitor
