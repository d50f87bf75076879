// Each row of the classification, and the state that it leads to.
#include <algorithm>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/membership_world.h"

namespace citus_init::citus {
namespace {

using std::chrono::milliseconds;
using test::MembershipPlan;
using test::SimulatedCluster;
using test::SimulatedServer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct StateCase {
    const char* what;
    std::function<void(SimulatedCluster&, SimulatedServer&)> damage;  // of the registered w1
    NodeState state;
    NodeClass node_class;
    const char* reason;
};

class RegisteredWorker : public MembershipPlan, public ::testing::WithParamInterface<StateCase> {};

TEST_P(RegisteredWorker, IsJudgedAndLeftAlone) {
    settle();
    cluster.placements[row("w1").group_id] = {7};
    server("w1").shards = {7};
    GetParam().damage(cluster, server("w1"));
    agent.memory = {};
    agent.act(probe_all());
    agent.now += milliseconds(2100);
    const auto plan = agent.probe();
    EXPECT_EQ(node(plan, "w1").state, GetParam().state);
    EXPECT_EQ(node(plan, "w1").node_class, GetParam().node_class);
    EXPECT_THAT(node(plan, "w1").reason, HasSubstr(GetParam().reason));
    EXPECT_THAT(plan.actions, IsEmpty());
    EXPECT_EQ(node(plan, "w2").state, NodeState::active);
}

INSTANTIATE_TEST_SUITE_P(
    States, RegisteredWorker,
    ::testing::Values(
        StateCase{"whole", [](auto&, auto&) {}, NodeState::active, NodeClass::member, ""},
        StateCase{"down", [](auto&, auto& server) { server.up = false; }, NodeState::suspect,
                  NodeClass::unreachable, "refused"},
        StateCase{"emptied",
                  [](auto&, auto& server) {
                      server = {{"new", "new"}, 0, "", 0, {}, true};
                  },
                  NodeState::lost, NodeClass::wiped, "at stake: 1 shards of 1 tables"},
        StateCase{"another server",
                  [](auto&, auto& server) {
                      server.identity = {"new", "new"};
                  },
                  NodeState::lost, NodeClass::wiped, "another server than the recorded one"},
        StateCase{"stolen", [](auto&, auto& server) { server.coordinator = "elsewhere:1"; },
                  NodeState::lost, NodeClass::foreign, "elsewhere:1"},
        StateCase{"without its shards", [](auto&, auto& server) { server.shards.clear(); },
                  NodeState::lost, NodeClass::wiped, "lacks 1 of the 1 shards"},
        StateCase{"disabled",
                  [](auto& cluster, auto&) { cluster.cluster.workers.front().active = false; },
                  NodeState::blocked, NodeClass::member, "citus_activate_node('w1', 5432)"}),
    [](const auto& tested) {
        std::string name = tested.param.what;
        std::replace(name.begin(), name.end(), ' ', '_');
        return name;
    });

class Newcomer : public MembershipPlan, public ::testing::WithParamInterface<StateCase> {};

TEST_P(Newcomer, IsRefusedByName) {
    settle();
    make("w3");
    GetParam().damage(cluster, server("w3"));
    const auto plan = probe_all();
    EXPECT_EQ(node(plan, "w3").state, GetParam().state);
    EXPECT_EQ(node(plan, "w3").node_class, GetParam().node_class);
    EXPECT_THAT(node(plan, "w3").reason, HasSubstr(GetParam().reason));
    EXPECT_THAT(plan.actions, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    States, Newcomer,
    ::testing::Values(
        StateCase{"down", [](auto&, auto& server) { server.up = false; }, NodeState::unreachable,
                  NodeClass::unreachable, "refused"},
        StateCase{"dirty", [](auto&, auto& server) { server.user_relations = 2; },
                  NodeState::blocked, NodeClass::dirty, "2 tables"},
        StateCase{"foreign",
                  [](auto&, auto& server) {
                      server.group_id = 1;
                      server.coordinator = "elsewhere:1";
                  },
                  NodeState::blocked, NodeClass::foreign, "elsewhere:1"},
        StateCase{"a coordinator", [](auto&, auto& server) { server.coordinator = "w3:5432"; },
                  NodeState::blocked, NodeClass::foreign, "is a coordinator itself"},
        StateCase{"a member that is not known",
                  [](auto&, auto& server) {
                      server.group_id = 77;
                      server.coordinator = "c:5432";
                  },
                  NodeState::blocked, NodeClass::foreign, "has no record of such a server"},
        StateCase{"the coordinator",
                  [](auto&, auto& server) {
                      server.identity = {"coordinator", "coordinator"};
                  },
                  NodeState::blocked, NodeClass::self, "CITUS_WORKERS"},
        StateCase{"a copy of the coordinator",
                  [](auto&, auto& server) {
                      server.identity = {"x", "coordinator"};
                  },
                  NodeState::blocked, NodeClass::clone, "copy of this coordinator"},
        StateCase{"a copy of a member",
                  [](auto& cluster, auto& server) { server = cluster.servers.front(); },
                  NodeState::blocked, NodeClass::duplicate, "same server as w1:5432"}),
    [](const auto& tested) {
        std::string name = tested.param.what;
        std::replace(name.begin(), name.end(), ' ', '_');
        return name;
    });

}  // namespace
}  // namespace citus_init::citus
