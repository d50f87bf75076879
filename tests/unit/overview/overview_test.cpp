#include "citus_init/overview/overview.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace citus_init::overview {
namespace {

using monitor::Seconds;
using monitor::ShardMove;
using monitor::Snapshot;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const monitor::WallTime kNow{std::chrono::seconds(1'000'000)};

status::NodeStatus ready_node(const std::string& name = "") {
    status::NodeStatus status;
    status.phase = status::Phase::ready;
    status.condition.kind = status::ConditionKind::accepting_connections;
    status.node = name;
    status.role = name.empty() ? "" : "coordinator";
    status.membership.joined = true;
    return status;
}

template <typename T>
void set(monitor::Part<T>& part, T value) {
    part.value = std::move(value);
    part.collection.took = Seconds(0.5);
    part.collection.taken_at = kNow - std::chrono::seconds(7);
}

Snapshot answering_server() {
    Snapshot snapshot;
    snapshot.server.session.took = Seconds(0.1);
    monitor::ServerFacts facts;
    facts.release = "15.20";
    facts.started = 999'000;
    facts.settings = {{"max_connections", 100}};
    set(snapshot.server.facts, facts);
    monitor::Activity activity;
    activity.sessions = {{"app", "alice", true, "active", false, 3, 1},
                         {std::nullopt, "", false, "", false, 5, 0}};
    set(snapshot.server.activity, activity);
    return snapshot;
}

void add_node(monitor::ClusterSnapshot& cluster, int group, const std::string& host, double bytes) {
    monitor::ClusterNode node;
    node.node_id = group + 1;
    node.group_id = group;
    node.address = {host, 5432};
    node.active = true;
    node.should_have_shards = group != 0;
    node.shards = node.distributed_shards = group == 0 ? 0 : 8;
    cluster.nodes.value->push_back(node);
    monitor::NodeSnapshot answer;
    answer.address = node.address;
    answer.group_id = group;
    answer.session.took = Seconds(0.02);
    answer.up = true;
    answer.round_trip = Seconds(0.001);
    set(answer.facts, monitor::NodeFacts{false, 5, 100, {}, "13.2-1", "13.2.2", "15.20"});
    set(answer.shard_bytes, bytes);
    cluster.answers.push_back(answer);
}

Snapshot three_nodes() {
    Snapshot snapshot = answering_server();
    auto& cluster = snapshot.cluster.emplace();
    set(cluster.nodes, std::vector<monitor::ClusterNode>());
    add_node(cluster, 0, "c", 0);
    add_node(cluster, 2, "w2", 2000);
    add_node(cluster, 1, "w1", 3000);
    monitor::ClusterFacts facts;
    facts.extension = "13.2-1";
    facts.max_shared_pool_size = 100;
    set(cluster.facts, facts);
    set(cluster.remote_connections,
        std::vector<monitor::RemoteConnections>{{{"w1", 5432}, "app", 4}, {{"w1", 5432}, "b", 1}});
    return snapshot;
}

std::vector<std::string> texts_of(const Overview& overview) {
    std::vector<std::string> texts;
    for (const Obstacle& obstacle : overview.obstacles) {
        texts.push_back(obstacle.node + "|" + obstacle.text + "|" + obstacle.command);
    }
    return texts;
}

TEST(Overview, OfAServerWithoutCitusHasItsOneRow) {
    const auto overview = overview_of(ready_node(), answering_server(), kNow);
    ASSERT_THAT(overview.nodes, SizeIs(1));
    EXPECT_EQ(overview.nodes[0].address, "this node");
    EXPECT_EQ(overview.nodes[0].state, NodeRow::State::up);
    EXPECT_EQ(overview.nodes[0].connections, 3);
    EXPECT_EQ(overview.nodes[0].max_connections, 100);
    EXPECT_EQ(overview.node.postgresql, "15.20");
    EXPECT_EQ(overview.age, 7);
    EXPECT_THAT(overview.obstacles, IsEmpty());
}

TEST(Overview, BeforeTheFirstPassKnowsLittle) {
    status::NodeStatus status;
    status.phase = status::Phase::bootstrapping;
    status.condition.kind = status::ConditionKind::initdb;
    const auto overview = overview_of(status, Snapshot(), kNow);
    ASSERT_THAT(overview.nodes, SizeIs(1));
    EXPECT_EQ(overview.nodes[0].state, NodeRow::State::unknown);
    EXPECT_FALSE(overview.age);
    EXPECT_THAT(texts_of(overview), testing::ElementsAre("|bootstrapping: initdb|"));
    EXPECT_EQ(overview.obstacles[0].severity, Obstacle::Severity::warning);
}

TEST(Overview, OfAClusterHasARowForEachNodeInTheOrderOfGroups) {
    const auto overview = overview_of(ready_node("c"), three_nodes(), kNow);
    ASSERT_THAT(overview.nodes, SizeIs(3));
    EXPECT_EQ(overview.nodes[0].address, "c:5432");
    EXPECT_EQ(overview.nodes[1].address, "w1:5432");
    EXPECT_EQ(overview.nodes[1].bytes, 3000);
    EXPECT_EQ(overview.nodes[1].pool_used, 5);
    EXPECT_EQ(overview.nodes[2].pool_used, 0);
    EXPECT_EQ(overview.imbalance.bytes, 1.2);
    EXPECT_EQ(overview.pool_size, 100);
    EXPECT_THAT(overview.obstacles, IsEmpty());
}

TEST(Overview, OfANodeThatDoesNotAnswerSaysWhy) {
    auto snapshot = three_nodes();
    auto& answer = snapshot.cluster->answers[1];
    answer.up = false;
    answer.session.error = "timeout expired";
    answer.facts.value.reset();
    answer.shard_bytes.value.reset();
    const auto overview = overview_of(ready_node("c"), snapshot, kNow);
    EXPECT_EQ(overview.nodes[2].state, NodeRow::State::down);
    EXPECT_EQ(overview.nodes[2].reason, "timeout expired");
    EXPECT_FALSE(overview.imbalance.bytes) << "of half the cluster it would be wrong";
    EXPECT_THAT(texts_of(overview),
                testing::ElementsAre("w2:5432|does not answer: timeout expired|citus-init nodes"));
}

TEST(Overview, ReportsANodeOnce) {
    auto snapshot = three_nodes();
    snapshot.cluster->answers[1].up = false;
    auto status = ready_node("c");
    status.membership.workers.emplace().findings = {{{"w2", 5432}, "unreachable", "", "no route"}};
    EXPECT_THAT(texts_of(overview_of(status, snapshot, kNow)),
                testing::ElementsAre("w2:5432|unreachable: no route|"));
}

TEST(Overview, KeepsWhatMovesAndCountsTheRest) {
    auto snapshot = three_nodes();
    std::vector<ShardMove> moves(3);
    moves[0].state = ShardMove::State::moved;
    moves[1].state = ShardMove::State::moving;
    set(snapshot.cluster->moves, moves);
    set(snapshot.cluster->background_tasks,
        monitor::Numbers{{"blocked", 4}, {"runnable", 1}, {"running", 2}, {"error", 0}});
    const auto overview = overview_of(ready_node("c"), snapshot, kNow);
    EXPECT_THAT(overview.moves, SizeIs(2));
    EXPECT_EQ(overview.moves_done, 1);
    EXPECT_EQ(overview.moves_queued, 5);
}

TEST(Overview, PutsErrorsFirst) {
    auto snapshot = three_nodes();
    snapshot.server.facts.value->settings_waiting_for_restart = 2;
    monitor::Replication replication;
    replication.slots = {{"s", "physical", false, true, 1.0}};
    set(snapshot.server.replication, replication);
    const auto overview = overview_of(ready_node("c"), snapshot, kNow);
    ASSERT_THAT(overview.obstacles, SizeIs(2));
    EXPECT_EQ(overview.obstacles[0].command, "SELECT pg_drop_replication_slot('s')");
    EXPECT_THAT(overview.obstacles[1].text, HasSubstr("2 settings wait for a restart"));
}

TEST(Overview, NamesWhatCouldNotBeCollected) {
    auto snapshot = answering_server();
    snapshot.server.replication.value.reset();
    snapshot.server.replication.collection.took = Seconds(4);
    snapshot.server.replication.collection.error = "canceling statement due to statement timeout";
    EXPECT_THAT(texts_of(overview_of(ready_node(), snapshot, kNow)),
                testing::ElementsAre("|\"replication\" is not known: canceling statement due to "
                                     "statement timeout|"));
}

TEST(Overview, NamesWhoBlocksOthersForLong) {
    auto snapshot = answering_server();
    monitor::RunningQuery blocker;
    blocker.pid = 7;
    blocker.role = "alice";
    blocker.state = "idle in transaction";
    monitor::RunningQuery waiting;
    waiting.pid = 8;
    waiting.seconds = 11;
    waiting.blocked_by = {7};
    set(snapshot.server.queries, std::vector{blocker, waiting});
    EXPECT_THAT(texts_of(overview_of(ready_node(), snapshot, kNow)),
                testing::ElementsAre("this node|7 blocks 1 other (role alice, idle in "
                                     "transaction)|SELECT pg_terminate_backend(7)"));
    snapshot.server.queries.value->back().seconds = 9;
    EXPECT_THAT(overview_of(ready_node(), snapshot, kNow).obstacles, IsEmpty());
}

TEST(Overview, ReportsVersionsThatDiffer) {
    auto snapshot = three_nodes();
    snapshot.cluster->answers[2].facts.value->extension = "12.1-1";
    EXPECT_THAT(texts_of(overview_of(ready_node("c"), snapshot, kNow)),
                testing::ElementsAre(HasSubstr("different versions of Citus")));
}

TEST(Overview, HasTheBackupsAndWhatKeepsThemFromBeingMade) {
    auto snapshot = answering_server();
    monitor::Archiver archiver;
    archiver.enabled = archiver.failing = true;
    set(snapshot.server.archiver, archiver);
    auto status = ready_node();
    EXPECT_THAT(texts_of(overview_of(status, snapshot, kNow)),
                testing::ElementsAre(HasSubstr("WAL cannot be archived")));
    status.archiving = status::ArchivingStatus{"app-0"};
    status.archiving->condition = {status::ConditionKind::archiving_failed, "app-0", "", "REASON"};
    status.archiving->since = "2026-11-29T08:00:00Z";
    status.archiving->waiting_segments = 5;
    status.backup = status::BackupStatus{
        {status::ConditionKind::backup_failed, "backup", "", "WHY"}, "", 1, 2, 3, 1'000'300};
    auto overview = overview_of(status, snapshot, kNow);
    EXPECT_THAT(texts_of(overview),
                testing::ElementsAre("|WAL is not archived to the stanza app-0: REASON|",
                                     "|the scheduled backup is not made: WHY|"))
        << "each once";
    const auto json = nlohmann::json::parse(to_json(overview));
    EXPECT_EQ(json["archiving"]["failed"], "WAL is not archived to the stanza app-0: REASON");
    EXPECT_EQ(json["archiving"]["waiting_segments"], 5);
    EXPECT_TRUE(json["archiving"]["disk_lasts"].is_null());
    EXPECT_EQ(json["backup"]["next"], 1'000'300);
    status.archiving->condition = {status::ConditionKind::archiving_pending, "", "", "stanza"};
    overview = overview_of(status, snapshot, kNow);
    EXPECT_EQ(overview.obstacles.back().severity, Obstacle::Severity::warning);
}

TEST(Overview, ShowsWhatIsLeftOfTheLease) {
    auto status = ready_node("c");
    EXPECT_FALSE(overview_of(status, answering_server(), kNow).node.lease_left);
    status.lease = status::LeaseStatus{1'000'011, 20};
    EXPECT_EQ(overview_of(status, answering_server(), kNow).node.lease_left, 11);
}

TEST(OverviewJson, IsOneLineOfValidUtf8WithTextsForIds) {
    auto snapshot = three_nodes();
    monitor::RunningQuery query;
    query.pid = 7;
    query.text = "SELECT '\xff\n'";
    set(snapshot.server.queries, std::vector{query});
    const std::string text = to_json(overview_of(ready_node("c"), snapshot, kNow));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 0);
    const auto json = nlohmann::json::parse(text);
    EXPECT_EQ(json["queries"][0]["id"], "10000000007");
    EXPECT_EQ(json["nodes"][1]["address"], "w1:5432");
    EXPECT_EQ(json["nodes"][1]["state"], "up");
    EXPECT_TRUE(json["lag"].is_null());
}

}  // namespace
}  // namespace citus_init::overview
