#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/postgres/lifecycle.h"

#include "lifecycle_node.h"

namespace citus_init::postgres::lifecycle {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

Node prepared(const Policy& policy = with_hold()) {
    Node node(policy);
    node.running().happens(AgentPrepared{});
    return node;
}

Node holding() {
    Node node = prepared();
    node.happens(StopRequested{});
    return node;
}

TEST(LifecycleHold, AsksBeforeTheServerIsTold) {
    Node node = prepared();
    EXPECT_THAT(node.happens(StopRequested{}).last(), ElementsAre("hold traffic", "timer 5 2000"));
    EXPECT_EQ(node.at(), Step::holding_traffic);
    EXPECT_FALSE(node.state().ready(with_hold()));
}

TEST(LifecycleHold, StopsOnceItIsAnsweredInWhatIsLeftOfTheTime) {
    Node node = holding();
    node.later(Milliseconds(300)).happens(TrafficAnswered{});
    EXPECT_EQ(node.at(), Step::stopping);
    EXPECT_THAT(node.last(), Contains("INT the server"));
    EXPECT_THAT(node.last(), Contains("timer 0 7700"));
    EXPECT_THAT(node.last(), Contains("TERM the agent"));
    EXPECT_TRUE(node.happens(TrafficAnswered{}).last().empty());
    node.exits(Child::agent, 143).exits(Child::server);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), ElementsAre("finish 0"));
}

TEST(LifecycleHold, GoesOnWithoutAnAnswer) {
    EXPECT_THAT(holding().happens(TimerExpired{Timer::hold_deadline}).last(),
                Contains("INT the server"));
    EXPECT_THAT(holding().exits(Child::agent, 139).last(), Contains("INT the server"));
}

TEST(LifecycleHold, IsSkippedByASecondRequest) {
    EXPECT_THAT(holding().happens(StopRequested{}).last(), Contains("INT the server"));
    EXPECT_THAT(holding().happens(StopRequested{StopMode::immediate}).last(),
                Contains("QUIT the server"));
}

TEST(LifecycleHold, EndsWithAServerThatEndsMeanwhile) {
    Node node = holding();
    node.exits(Child::server, 137, false).exits(Child::agent, 143);
    EXPECT_THAT(node.happens(OrphansGone{}).last(), ElementsAre("finish 137"));
}

TEST(LifecycleHold, IsForAPreparedNodeThatIsAskedToStopFast) {
    const auto holds = [](Node node, StopMode mode = StopMode::fast) {
        node.happens(StopRequested{mode});
        return node.at() == Step::holding_traffic;
    };
    EXPECT_TRUE(holds(prepared()));
    EXPECT_FALSE(holds(prepared(with_citus())));
    EXPECT_FALSE(holds(prepared(), StopMode::immediate));
    EXPECT_FALSE(holds(Node(with_hold()).running()));
    EXPECT_FALSE(holds(prepared().exits(Child::agent, 139)));
    EXPECT_FALSE(holds(prepared().happens(ReloadRequested{})));
    EXPECT_FALSE(holds(Node(with_hold()).happens(Started{})));
}

}  // namespace
}  // namespace citus_init::postgres::lifecycle
