// What the reconciler holds while it acts: the lock of every node that Citus will write to.
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/citus/membership/held_workers.h"
#include "citus_init/citus/membership/reconciler.h"

#include "citus/statements.h"
#include "support/reconciler_world.h"

namespace citus_init::citus {
namespace {

using std::chrono::seconds;
using test::FakeNode;
using test::FakeSession;
using test::kCoordinator;
using test::kFirst;
using test::kSecond;
using World = test::ReconcilerWorld;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const HostPort kOther{"d", 5432};

void make_coordinator(World& world, const HostPort& address) {
    auto& node = world.cluster.add(address);
    node.create_extension();
    RegisteredNode own;
    own.node_id = 1000;
    own.address = address;
    own.has_metadata = own.active = own.metadata_synced = true;
    node.rows.push_back(own);
}

TEST(NodeLock, IsHeldFromTheInspectionToTheRecord) {
    World world(std::vector{kFirst});
    auto& worker = world.worker(kFirst);
    bool locked = false;
    world.cluster.before_touching = [&] { locked = worker.locker != nullptr; };
    world.pass();
    EXPECT_TRUE(locked);
    EXPECT_EQ(world.coordinator.records.size(), 1U);
    EXPECT_EQ(worker.locker, nullptr);
    EXPECT_THAT(worker.sharers, IsEmpty());
}

TEST(NodeLock, OfTwoCoordinatorsWithOneListOneWaitsAndFindsAForeignWorker) {
    World world(std::vector{kFirst});
    auto& worker = world.worker(kFirst);
    make_coordinator(world, kOther);
    auto settings = World::default_settings();
    settings.coordinator = kOther;
    Reconciler second(world.connector, settings, [] { return 0.0; });
    const auto other_pass = [&] {
        FakeSession session(world.cluster, world.cluster.find(kOther));
        const auto report = second.pass(session, world.desired, world.now);
        EXPECT_TRUE(report);
        return report.value_or(PassReport{});
    };
    {
        FakeSession first(world.cluster, world.cluster.find(kFirst));
        ASSERT_TRUE(lock_node(first, LockMode::exclusive, seconds(1)));
        EXPECT_THAT(to_string(other_pass().summary),
                    HasSubstr("another citus-init acts on this server now"));
        EXPECT_THAT(world.cluster.find(kOther)->changes, IsEmpty());
        EXPECT_EQ(worker.group_id, 0);
    }
    world.pass();
    world.now += seconds(2);
    EXPECT_THAT(other_pass().stopped, HasSubstr("w1:5432"));
    EXPECT_EQ(world.cluster.find(kOther)->rows.size(), 1U);
    EXPECT_EQ(worker.rows.front().address, kCoordinator);
}

TEST(NodeLock, AnAdditionIsUndoneWhenCitusConnectedElsewhere) {
    World world(std::vector{kFirst});
    world.worker(kFirst);
    auto& foreign = world.worker(kSecond);
    // From one moment to the next the name leads to another server.
    world.cluster.before_touching = [&] { world.cluster.alias(kFirst, kSecond); };
    const auto report = world.pass();
    EXPECT_THAT(to_string(report.summary),
                HasSubstr("leads to more than one server, or to another one"));
    EXPECT_EQ(world.coordinator.rows.size(), 1U);
    EXPECT_THAT(world.coordinator.records, IsEmpty());
    EXPECT_EQ(foreign.group_id, 0);
    EXPECT_THAT(foreign.rows, IsEmpty());
}

TEST(NodeLock, NobodyIsAddedWhileAMembersNameLeadsElsewhere) {
    World world(std::vector{kFirst});
    world.worker(kFirst);
    world.pass();
    world.worker(kSecond);
    auto& foreign = world.cluster.add({"x", 5432});
    foreign.create_extension();
    foreign.group_id = 1;
    world.desired.addresses.push_back(kSecond);
    // After the pass has looked at everybody, right before it acts.
    world.coordinator.on_mark = [&] { world.cluster.alias(kFirst, {"x", 5432}); };
    world.now += seconds(61);
    EXPECT_THAT(to_string(world.pass().summary), HasSubstr("leads to more than one server"));
    EXPECT_EQ(world.coordinator.rows.size(), 2U);
    EXPECT_THAT(foreign.rows, IsEmpty());
}

TEST(NodeLock, AMemberIsNotFollowedWhileSomebodyElseAnswersUnderAnothersName) {
    World world;
    world.worker(kFirst);
    world.worker(kSecond);
    world.pass();
    // w1 moves to w3, while an unknown node comes under the name w2.
    world.cluster.alias({"w3", 5432}, kFirst);
    world.cluster.forget(kFirst);
    auto& foreign = world.worker(kSecond);
    world.desired.addresses = {kSecond, {"w3", 5432}};
    world.pass_after(seconds(61));
    world.pass_after(seconds(3));
    world.pass_after(seconds(3));
    EXPECT_EQ(world.coordinator.rows[1].address, kFirst);
    EXPECT_EQ(foreign.group_id, 0);
    EXPECT_THAT(foreign.rows, IsEmpty());
}

// The decision alone.
class UnprovenWorker : public ::testing::Test {
  protected:
    UnprovenWorker() {
        row.node_id = row.group_id = 3;
        row.address = kFirst;
        row.has_metadata = row.active = row.metadata_synced = true;
        RegisteredNode coordinator;
        coordinator.address = kCoordinator;
        cluster.coordinator = coordinator;
        cluster.workers.push_back(row);
        own = facts_of("coordinator");
        answer = facts_of("worker");
        answer.membership->group_id = 3;
        answer.membership->node_count = 2;
        answer.membership->coordinator = kCoordinator.text();
        records.push_back({3, 3, kFirst, identity_of(answer)});
    }
    static CandidateFacts facts_of(const std::string& name) {
        CandidateFacts facts;
        facts.server.superuser = true;
        facts.server.extension = parse_extension_version("13.2-1");
        facts.server.system_identifier = name;
        facts.membership = MembershipFacts{};
        facts.membership->server_id = "id-" + name;
        return facts;
    }
    std::optional<Unproven> assessment(const SqlResult<CandidateFacts>& of,
                                       std::optional<ShardProof> shards = std::nullopt) const {
        const CoordinatorView view(own, cluster, records, {{3, {8, 2}}});
        return unproven(row, of, shards, view);
    }

    RegisteredNode row;
    Cluster cluster;
    std::vector<NodeRecord> records;
    CandidateFacts own;
    CandidateFacts answer;
};

TEST_F(UnprovenWorker, TheRecordedOneIsProven) {
    EXPECT_FALSE(assessment(answer));
    EXPECT_FALSE(assessment(answer, ShardProof{8, 0}));
}

TEST_F(UnprovenWorker, BothHalvesOfTheIdentityCount) {
    answer.membership->server_id = "id-another";
    EXPECT_EQ(assessment(answer)->why, Refusal::impostor);
    EXPECT_THAT(assessment(answer)->reason, HasSubstr("at stake: 8 shards of 2 tables"));
    answer.membership->server_id = "id-worker";
    answer.server.system_identifier = "another";
    EXPECT_EQ(assessment(answer)->why, Refusal::impostor);
}

TEST_F(UnprovenWorker, WithoutARecordNothingIsProven) {
    records.clear();
    EXPECT_EQ(assessment(answer)->why, Refusal::unrecorded);
}

TEST_F(UnprovenWorker, AnEmptyServerOrAnothersWorkerIsAnImpostor) {
    auto wiped = facts_of("wiped");
    EXPECT_EQ(assessment(wiped)->why, Refusal::impostor);
    auto foreign = answer;
    foreign.membership->coordinator = "other:5432";
    foreign.membership->server_id = "id-foreign";
    EXPECT_EQ(assessment(foreign)->why, Refusal::impostor);
    EXPECT_THAT(refusal_text({*assessment(foreign)}), HasSubstr("w1:5432 is lost"));
}

TEST_F(UnprovenWorker, MissingShardsAreALoss) {
    EXPECT_EQ(assessment(answer, ShardProof{8, 3})->why, Refusal::incomplete);
    EXPECT_THAT(assessment(answer, ShardProof{8, 3})->reason, HasSubstr("lacks 3 of the 8 shards"));
}

TEST_F(UnprovenWorker, OneThatKnowsMoreThanTheCoordinatorIsNewer) {
    auto& greatest = answer.membership->greatest;
    greatest = {102039, 3};
    EXPECT_FALSE(newer_than_coordinator(row, answer, {102039, 3}));
    EXPECT_FALSE(newer_than_coordinator(row, answer, {102040, 4}));
    const auto tables = newer_than_coordinator(row, answer, {102038, 3});
    ASSERT_TRUE(tables);
    EXPECT_EQ(tables->why, Refusal::newer);
    EXPECT_THAT(refusal_text({*tables}),
                HasSubstr("w1:5432 is newer than this coordinator: it knows shard 102039"));
    const auto nodes = newer_than_coordinator(row, answer, {102039, 2});
    ASSERT_TRUE(nodes);
    EXPECT_THAT(nodes->reason, HasSubstr("knows node 3"));
    answer.membership.reset();
    EXPECT_FALSE(newer_than_coordinator(row, answer, {0, 0}));
}

TEST_F(UnprovenWorker, OneThatReachesAnotherServerWithTheCoordinatorsDataIsLedByIt) {
    LeaderView leader{row.address, {"c", 5432}, LeaderReach::other_run};
    const auto refusal = led_by_another(row, leader);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->why, Refusal::led_by_other);
    EXPECT_THAT(refusal_text({*refusal}),
                AllOf(HasSubstr("w1:5432 is led by another coordinator: it reaches another server"),
                      HasSubstr("c:5432"), HasSubstr("Stop one of them")));
    for (const auto reach : {LeaderReach::self, LeaderReach::absent, LeaderReach::unreachable}) {
        leader.reach = reach;
        EXPECT_FALSE(led_by_another(row, leader));
    }
    EXPECT_FALSE(led_by_another(row, std::nullopt));
}

TEST_F(UnprovenWorker, ASilentAndAHeldNodeAreDistinguished) {
    EXPECT_EQ(assessment(tl::unexpected(SqlError{"08006", "refused", "", ""}))->why, Refusal::away);
    EXPECT_EQ(assessment(tl::unexpected(SqlError{"55P03", "held", "", ""}))->why, Refusal::busy);
    answer.server.in_recovery = true;
    EXPECT_EQ(assessment(answer)->why, Refusal::away);
}

}  // namespace
}  // namespace citus_init::citus
