#include "citus_init/monitor/samples.h"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/metrics/exposition.h"

#include "monitor/bounded_labels.h"

namespace citus_init::monitor {
namespace {

using metrics::SampleSet;
using testing::Contains;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

const WallTime kNow{std::chrono::seconds(1'000'000)};

// {name{labels}: value}
std::map<std::string, double> series_of(const SampleSet& samples) {
    EXPECT_THAT(samples.problems(), IsEmpty());
    std::map<std::string, double> series;
    for (const auto& family : samples.families()) {
        for (const auto& sample : family.samples) {
            series[std::string(family.metric->name) + sample.labels] = sample.value;
        }
    }
    return series;
}

template <typename T>
void set(Part<T>& part, T value) {
    part.value = std::move(value);
    part.collection.took = Seconds(0.5);
    part.collection.taken_at = kNow - std::chrono::seconds(7);
}

Snapshot answering_server() {
    Snapshot snapshot;
    snapshot.passes = 3;
    snapshot.server.session.took = Seconds(0.1);
    snapshot.server.session.taken_at = kNow;
    ServerFacts facts;
    facts.version = 150020;
    facts.release = "15.20";
    facts.banner = "PostgreSQL 15.20 \"x\"";
    facts.started = 12;
    facts.settings = {{"max_connections", 100}, {"shared_buffers_bytes", 1 << 27}, {"new_one", 1}};
    set(snapshot.server.facts, facts);
    return snapshot;
}

ClusterNode cluster_node(int group, const std::string& host, double shards) {
    ClusterNode node;
    node.node_id = group + 1;
    node.group_id = group;
    node.address = {host, 5432};
    node.has_metadata = node.active = node.metadata_synced = node.should_have_shards = true;
    node.shards = node.distributed_shards = shards;
    return node;
}

NodeSnapshot answer(int group, const std::string& host, double bytes) {
    NodeSnapshot node;
    node.address = {host, 5432};
    node.group_id = group;
    node.session.took = Seconds(0.02);
    node.up = true;
    node.round_trip = Seconds(0.001);
    set(node.facts, NodeFacts{false, 5, 100, {{"citus", {1, 60}}, {"other", {}}}});
    set(node.shard_bytes, bytes);
    return node;
}

Snapshot two_nodes() {
    Snapshot snapshot = answering_server();
    ClusterSnapshot& cluster = snapshot.cluster.emplace();
    set(cluster.nodes,
        {cluster_node(0, "c", 0), cluster_node(1, "w1", 24), cluster_node(2, "w2", 8)});
    cluster.nodes.value->front().should_have_shards = false;
    cluster.answers = {answer(0, "c", 0), answer(1, "w1", 3000), answer(2, "w2", 1000)};
    return snapshot;
}

TEST(ClusterSamples, HaveTheBytesOfATableOnceEveryNodeWithShardsReportsThem) {
    Snapshot snapshot = two_nodes();
    ClusterSnapshot& cluster = *snapshot.cluster;
    set(cluster.each_table, {{"public.t", "distributed", 32}, {"public.new", "distributed", 32}});
    set(cluster.answers[1].table_bytes, {{"public.t", 3000}});
    constexpr const char* kBytes = R"(citus_table_bytes{table="public.t",kind="distributed"})";
    EXPECT_THAT(series_of(samples_of(snapshot, kNow)), Not(Contains(Key(kBytes))));
    set(cluster.answers[2].table_bytes, {{"public.t", 1000}});
    const auto series = series_of(samples_of(snapshot, kNow));
    EXPECT_THAT(series, Contains(Pair(kBytes, 4000)));
    EXPECT_THAT(series,
                Not(Contains(Key(R"(citus_table_bytes{table="public.new",kind="distributed"})"))));
    EXPECT_THAT(series,
                Contains(Pair(R"(citus_table_shards{table="public.t",kind="distributed"})", 32)));
}

TEST(ClusterSamples, HaveTheNodeWhoseSizesCouldNotBeRead) {
    constexpr const char* kSuccess = R"(citus_init_collection_success{part="node_sizes"})";
    constexpr const char* kFailures = R"(citus_init_collection_failures_total{part="node_sizes"})";
    Snapshot snapshot = two_nodes();
    EXPECT_THAT(series_of(samples_of(snapshot, kNow)), Contains(Pair(kSuccess, 1)));
    for (NodeSnapshot& node : snapshot.cluster->answers) {
        if (node.group_id != 0) {
            note_failure(node.shard_bytes.collection, {"57014", "canceling statement", "", ""});
        }
    }
    const auto series = series_of(samples_of(snapshot, kNow));
    EXPECT_THAT(series, Contains(Pair(kSuccess, 0)));
    EXPECT_THAT(series, Contains(Pair(kFailures, 2)));
    std::string error;
    for_each_collection(snapshot, [&](std::string_view part, const Collection& collection) {
        error += part == "node_sizes" ? collection.error : "";
    });
    EXPECT_THAT(error, StartsWith("w1:5432: canceling statement"));
}

TEST(ServerSamples, AreNoneBeforeTheFirstPass) {
    EXPECT_THAT(series_of(samples_of(Snapshot(), kNow)),
                testing::ElementsAre(Pair("citus_init_collection_passes_total", 0)));
}

TEST(ServerSamples, HaveTheFactsAndTheKnownSettings) {
    const auto series = series_of(samples_of(answering_server(), kNow));
    EXPECT_THAT(series, Contains(Pair("pg_up", 1)));
    EXPECT_THAT(
        series,
        Contains(Pair(R"(pg_static{short_version="15.20",version="PostgreSQL 15.20 \"x\""})", 1)));
    EXPECT_THAT(series, Contains(Pair("pg_settings_max_connections", 100)));
    EXPECT_THAT(series, Contains(Pair("pg_settings_shared_buffers_bytes", 134217728)));
    EXPECT_THAT(series, Not(Contains(Key("pg_settings_new_one"))));
    EXPECT_THAT(series, Not(Contains(Key("pg_replication_lag_seconds")))) << "not in recovery";
    EXPECT_THAT(series, Not(Contains(Key("pg_database_size_bytes")))) << "not known yet";
    EXPECT_THAT(series, Contains(Pair(R"(citus_init_collection_age_seconds{part="server"})", 7)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_init_collection_success{part="server"})", 1)));
}

TEST(ServerSamples, OfAFailedPartAreItsErrorOnly) {
    Snapshot snapshot = answering_server();
    snapshot.server.wal.collection.took = Seconds(4);
    note_failure(snapshot.server.wal.collection,
                 {"57014", "canceling statement\nDETAIL: x", "", ""});
    const auto series = series_of(samples_of(snapshot, kNow));
    EXPECT_THAT(series, Contains(Pair("pg_up", 1)));
    EXPECT_THAT(series, Not(Contains(Key("pg_wal_size_bytes"))));
    EXPECT_THAT(series, Contains(Pair(R"(citus_init_collection_success{part="wal"})", 0)));
    EXPECT_THAT(series,
                Contains(Pair(R"(citus_init_collection_error{part="wal",sqlstate="57014"})", 1)));
    EXPECT_THAT(series, Not(Contains(Key(R"(citus_init_collection_age_seconds{part="wal"})"))));
    EXPECT_EQ(snapshot.server.wal.collection.error.find('\n'), std::string::npos);
}

TEST(ServerSamples, HaveEveryStateOfEveryDatabase) {
    Snapshot snapshot = answering_server();
    set(snapshot.server.databases, {Database{"5", "app", 10, 2, {{"xact_commit", 9}}}});
    Activity activity;
    activity.sessions = {{"app", "alice", true, "active", true, 2, 30},
                         {"app", "bob", true, "active", false, 1, 50},
                         {std::nullopt, "", false, "", false, 4, 0}};
    set(snapshot.server.activity, activity);
    const auto series = series_of(samples_of(snapshot, kNow));
    EXPECT_THAT(series,
                Contains(Pair(R"(pg_stat_activity_count{datname="app",state="active"})", 3)));
    EXPECT_THAT(series, Contains(Pair(R"(pg_stat_activity_count{datname="app",state="idle"})", 0)));
    EXPECT_THAT(
        series,
        Contains(Pair(R"(pg_stat_activity_max_tx_duration{datname="app",state="active"})", 50)));
    EXPECT_THAT(series, Contains(Pair(R"(pg_locks_waiting{datname="app"})", 2)));
    EXPECT_THAT(series, Contains(Pair("pg_oldest_transaction_age_seconds", 50)));
    EXPECT_THAT(series, Contains(Pair(R"(pg_role_connections{role="alice"})", 2)));
    EXPECT_THAT(series,
                Contains(Pair(R"(pg_stat_database_xact_commit{datid="5",datname="app"})", 9)));
    EXPECT_THAT(series, Not(Contains(Key("pg_locks_longest_wait_seconds"))));
}

TEST(ServerSamples, PutSlotsThatComeAndGoTogether) {
    Snapshot snapshot = answering_server();
    Replication replication;
    replication.slots = {{"citus_shard_move_slot_1_10_2", "logical", true, false, 100},
                         {"citus_shard_move_slot_2_10_3", "logical", false, false, 300},
                         {"standby", "physical", true, true, std::nullopt}};
    replication.receivers = {{"walreceiver", "10.0.0.1", "streaming", "async", 5, 0.5},
                             {"walreceiver", "10.0.0.1", "streaming", "async", 9, std::nullopt}};
    set(snapshot.server.replication, replication);
    const auto series = series_of(samples_of(snapshot, kNow));
    const std::string moves = R"({slot_name="citus_shard_move",slot_type="logical"})";
    const std::string standby = R"({slot_name="standby",slot_type="physical"})";
    EXPECT_THAT(series, Contains(Pair("pg_replication_slots_active" + moves, 1)));
    EXPECT_THAT(series, Contains(Pair("pg_replication_slots_pg_wal_lsn_diff" + moves, 300)));
    EXPECT_THAT(series, Contains(Pair("pg_replication_slots_lost" + standby, 1)));
    EXPECT_THAT(series, Not(Contains(Key("pg_replication_slots_pg_wal_lsn_diff" + standby))));
    EXPECT_THAT(series, Contains(Pair(R"(pg_replicas{state="streaming",sync_state="async"})", 2)));
    EXPECT_THAT(
        series,
        Contains(Pair(
            R"(pg_replica_lag_bytes{application_name="walreceiver",client_addr="10.0.0.1"})", 9)));
}

TEST(BoundedLabels, KeepTheLargestRolesAndTheTotal) {
    std::map<std::string, double> roles;
    for (int i = 0; i < 60; ++i) {
        roles["role" + std::to_string(i)] = i;
    }
    const auto bounded = bound_roles(roles, 50);
    EXPECT_EQ(bounded.size(), 51U);
    EXPECT_EQ(bounded.at("other"), 45);  // 0 + ... + 9
    EXPECT_EQ(bounded.at("role59"), 59);
    EXPECT_THAT(bound_roles({{"other", 1}, {"a", 2}}, 1),
                testing::ElementsAre(Pair("a", 2), Pair("other", 1)));
}

TEST(BoundedLabels, NameWhatComesAndGoesByItsKind) {
    const std::map<std::string, std::string> cases{
        {"standby_1", "standby_1"},
        {"citus_shard_move_slot_1_10_2", "citus_shard_move"},
        {"citus_shard_split_slot_1_10_2", "citus_shard_split"},
        {"pg_basebackup_4711", "pg_basebackup"},
        {"pg_16389_sync_16385_7312345678901234567", "table_sync"},
        {"pg_x_sync_1", "pg_x_sync_1"},
        {"pg__sync_1", "pg__sync_1"},
        {"", ""}};
    for (const auto& [name, label] : cases) {
        EXPECT_EQ(stable_name(name), label) << name;
    }
}

TEST(ClusterSamples, HaveEachNode) {
    const auto series = series_of(samples_of(two_nodes(), kNow));
    EXPECT_THAT(series, Contains(Pair(R"(citus_nodes{state="active"})", 3)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_node_up{node="w1:5432"})", 1)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_node_shard_bytes{node="w1:5432"})", 3000)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_node_shards{node="w2:5432"})", 8)));
    EXPECT_THAT(
        series,
        Contains(Pair(R"(citus_node_prepared_transactions{node="w2:5432",owner="citus"})", 1)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_imbalance_ratio{by="shards"})", 1.5)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_imbalance_ratio{by="bytes"})", 1.5)));
}

TEST(ClusterSamples, LeaveOutWhatASilentNodeWouldReport) {
    Snapshot snapshot = two_nodes();
    NodeSnapshot& silent = snapshot.cluster->answers.back();
    silent.up = false;
    silent.consecutive_failures = 2;
    silent.facts.value.reset();
    silent.shard_bytes.value.reset();
    const auto series = series_of(samples_of(snapshot, kNow));
    EXPECT_THAT(series, Contains(Pair(R"(citus_node_up{node="w2:5432"})", 0)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_node_consecutive_failures{node="w2:5432"})", 2)));
    EXPECT_THAT(series, Not(Contains(Key(R"(citus_node_shard_bytes{node="w2:5432"})"))));
    EXPECT_THAT(series, Not(Contains(Key(R"(citus_node_round_trip_seconds{node="w2:5432"})"))));
    EXPECT_THAT(series, Not(Contains(Key(R"(citus_imbalance_ratio{by="bytes"})"))));
    EXPECT_THAT(series, Contains(Pair(R"(citus_node_shard_bytes{node="w1:5432"})", 3000)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_imbalance_ratio{by="shards"})", 1.5)));
}

TEST(ClusterSamples, NameTheNodeOfCleanupRecords) {
    Snapshot snapshot = two_nodes();
    set(snapshot.cluster->cleanup_records, Numbers{{"1", 4}, {"9", 2}, {"11", 1}});
    const auto series = series_of(samples_of(snapshot, kNow));
    EXPECT_THAT(series, Contains(Pair(R"(citus_cleanup_records{node="w1:5432"})", 4)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_cleanup_records{node="w2:5432"})", 0)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_cleanup_records{node="other"})", 3)));
}

TEST(ClusterSamples, PutConnectionsToUnknownAddressesTogether) {
    Snapshot snapshot = two_nodes();
    set(snapshot.cluster->remote_connections,
        {RemoteConnections{{"w1", 5432}, "app", 3}, RemoteConnections{{"gone", 5432}, "app", 1},
         RemoteConnections{{"gone2", 5432}, "app", 2}});
    const auto series = series_of(samples_of(snapshot, kNow));
    EXPECT_THAT(series,
                Contains(Pair(R"(citus_remote_connections{node="w1:5432",datname="app"})", 3)));
    EXPECT_THAT(series,
                Contains(Pair(R"(citus_remote_connections{node="other",datname="app"})", 3)));
}

TEST(ClusterSamples, HaveNoImbalanceWithoutShards) {
    Snapshot snapshot = two_nodes();
    set(snapshot.cluster->nodes, {cluster_node(1, "w1", 0)});
    snapshot.cluster->answers.clear();
    EXPECT_THAT(series_of(samples_of(snapshot, kNow)),
                Not(Contains(Key(StartsWith("citus_imbalance_ratio")))));
}

TEST(NodeSamples, ShowTheState) {
    status::NodeStatus status;
    status.phase = status::Phase::ready;
    status.condition.kind = status::ConditionKind::accepting_connections;
    status.node = "c";
    status.role = "coordinator";
    status.restarts = 2;
    status.passes = {7, 1};
    status.certificate_ends = 1795910500;
    status.archiving.emplace();
    status.archiving->condition = {status::ConditionKind::archiving_failed};
    status.archiving->waiting_bytes = 42;
    status.backup = status::BackupStatus{{status::ConditionKind::backup_failed},
                                         "",
                                         1795910100,
                                         std::nullopt,
                                         1795910300,
                                         1795910600};
    status.since = "2026-11-29T00:00:00Z";
    status.membership.joined = true;
    status.membership.workers = citus::WorkersSummary{3, 2, 1, {{}}, 4, "", ""};
    const auto series = series_of(samples_of(status, kNow));
    EXPECT_THAT(series, Contains(Pair(R"(citus_init_node_info{node="c",role="coordinator"})", 1)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_init_phase{phase="ready"})", 1)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_init_phase{phase="failed"})", 0)));
    EXPECT_THAT(series,
                Contains(Pair(R"(citus_init_condition{condition="accepting_connections"})", 1)));
    EXPECT_THAT(series, Contains(Pair("citus_init_archiving_failed", 1)));
    EXPECT_THAT(series, Contains(Pair("citus_init_archiving_waiting_bytes", 42)));
    EXPECT_THAT(series, Contains(Pair("citus_init_backup_failed", 1)));
    EXPECT_THAT(series,
                Contains(Pair("citus_init_backup_last_full_timestamp_seconds", 1795910100)));
    EXPECT_THAT(series, Not(Contains(Key("citus_init_backup_last_timestamp_seconds"))));
    EXPECT_THAT(series,
                Contains(Pair("citus_init_restore_point_last_timestamp_seconds", 1795910300)));
    EXPECT_THAT(series, Contains(Pair("citus_init_backup_next_timestamp_seconds", 1795910600)));
    EXPECT_THAT(series, Contains(Pair("citus_init_ready", 1)));
    EXPECT_THAT(series, Contains(Pair("citus_init_server_restarts_total", 2)));
    EXPECT_THAT(series, Contains(Pair("citus_init_phase_start_timestamp_seconds", 1795910400)));
    EXPECT_THAT(series,
                Contains(Pair("citus_init_certificate_expiry_timestamp_seconds", 1795910500)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_init_reconcile_passes_total{result="failed"})", 1)));
    EXPECT_THAT(series, Contains(Pair("citus_init_workers_desired", 3)));
    EXPECT_THAT(series, Contains(Pair("citus_init_workers_needing_attention", 5)));
    EXPECT_THAT(series, Not(Contains(Key("citus_init_ha_group"))));
}

TEST(NodeSamples, AreNotReadyWhileUnfit) {
    status::NodeStatus status;
    status.phase = status::Phase::ready;
    status.unfit.kind = status::ConditionKind::place_unconfirmed;
    status.place = citus::PlaceState::waiting;
    status.since = "yesterday";
    const auto series = series_of(samples_of(status, kNow));
    EXPECT_THAT(series, Contains(Pair("citus_init_ready", 0)));
    EXPECT_THAT(series, Contains(Pair("citus_init_unfit", 1)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_init_place{state="waiting"})", 1)));
    EXPECT_THAT(series, Not(Contains(Key("citus_init_phase_start_timestamp_seconds"))));
    EXPECT_THAT(series, Not(Contains(Key("citus_init_joined")))) << "without Citus";
}

TEST(NodeSamples, ShowTheGroup) {
    status::NodeStatus status;
    status::GroupStatus group;
    group.role = status::GroupRole::replica;
    group.group = 2;
    group.lag = 4096;
    status.membership.group = group;
    const auto series = series_of(samples_of(status, kNow));
    EXPECT_THAT(series, Contains(Pair(R"(citus_init_ha_role{role="replica"})", 1)));
    EXPECT_THAT(series, Contains(Pair(R"(citus_init_ha_role{role="leader"})", 0)));
    EXPECT_THAT(series, Contains(Pair("citus_init_ha_lag_bytes", 4096)));
    EXPECT_THAT(series, Contains(Pair("citus_init_ha_group", 2)));
    EXPECT_THAT(series, Contains(Pair("citus_init_ha_handover_blocked", 0)));
    EXPECT_THAT(series, Not(Contains(Key("citus_init_ha_lease_left_seconds")))) << "of a replica";
}

TEST(NodeSamples, ShowWhatIsLeftOfTheLease) {
    status::NodeStatus status;
    status.lease = status::LeaseStatus{1'000'012, 20};
    auto series = series_of(samples_of(status, kNow));
    EXPECT_THAT(series, Contains(Pair("citus_init_ha_lease_left_seconds", 12)));
    EXPECT_THAT(series, Contains(Pair("citus_init_ha_lease_ttl_seconds", 20)));
    series = series_of(samples_of(status, kNow + std::chrono::minutes(1)));
    EXPECT_THAT(series, Contains(Pair("citus_init_ha_lease_left_seconds", 0)));
}

}  // namespace
}  // namespace citus_init::monitor
