#include <chrono>

#include <gtest/gtest.h>

#include "agent/database_watch.h"
#include "agent/member/member_own_connection.h"
#include "unit/ha/member_snapshots.h"

namespace citus_init::agent {
namespace {

// Within ten seconds of DROP EXTENSION the node is not ready; a connection, its report and a loaded
// machine take the rest.
TEST(DatabaseWatch, ProbesInTimeForTenSeconds) {
    const AgentContext context;
    Reporter reporter{Fd{}};
    const auto start = DatabaseWatch::Clock::now();
    const DatabaseWatch watch(context, reporter);
    EXPECT_LE(watch.due() - start, std::chrono::seconds(8));
    EXPECT_FALSE(watch.is_due(start));
}

TEST(MemberOwnConnection, IsOfALeaderAtItsRegisteredAddress) {
    ha::MemberSnapshot snapshot = ha::leader_snapshot();
    snapshot.cluster.emplace();
    snapshot.cluster->coordinator = ha::row_of(0, "c1");
    EXPECT_TRUE(has_own_connection(snapshot));
    snapshot.cluster->coordinator = ha::row_of(0, "c2");  // Patroni has not followed it yet
    EXPECT_FALSE(has_own_connection(snapshot));
    snapshot.group = 1;
    snapshot.cluster->workers = {ha::row_of(1, "c1")};
    EXPECT_TRUE(has_own_connection(snapshot));
    snapshot.facts->in_recovery = true;
    EXPECT_FALSE(has_own_connection(snapshot));
    snapshot.facts->in_recovery = false;
    snapshot.leads = false;
    EXPECT_FALSE(has_own_connection(snapshot));
    snapshot.leads = true;
    snapshot.cluster.reset();
    EXPECT_FALSE(has_own_connection(snapshot));
}

}  // namespace
}  // namespace citus_init::agent
