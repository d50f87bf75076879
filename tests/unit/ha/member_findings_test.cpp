#include "ha/patroni/member_findings.h"

#include <functional>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/ha/member_snapshots.h"

namespace citus_init::patroni {
namespace {

using ha::leader_snapshot;
using ha::MemberSnapshot;
using ha::Place;
using ha::replica_snapshot;
using testing::HasSubstr;

// c1 leads, c2 follows and counts for nothing.
MemberSnapshot uncounted_snapshot() {
    MemberSnapshot snapshot = leader_snapshot();
    snapshot.synchronous_mode = true;
    snapshot.facts->synchronous_standby_names = "";
    snapshot.members->members.back().place = Place::replica;
    return snapshot;
}

TEST(MemberFindings, ReportThatNoReplicaCountsAsSynchronous) {
    const auto found = findings_of(uncounted_snapshot(), true);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found.front().what,
                HasSubstr("no replica counts as synchronous although c2 follows"));
    EXPECT_THAT(found.front().fix, HasSubstr("End Patroni on c2"));
}

TEST(MemberFindings, ReportNoSynchronyWhereNoneIsDue) {
    const std::vector<std::pair<const char*, std::function<void(MemberSnapshot&)>>> cases{
        {"off", [](MemberSnapshot& snapshot) { snapshot.synchronous_mode = false; }},
        {"nosync",
         [](MemberSnapshot& snapshot) {
             snapshot.members->members.back().never_synchronous = true;
         }},
        {"a replica being made",
         [](MemberSnapshot& snapshot) {
             snapshot.members->members.back().state = "creating replica";
         }},
        {"another timeline",
         [](MemberSnapshot& snapshot) { snapshot.members->members.back().timeline = 7; }},
        {"no replica", [](MemberSnapshot& snapshot) { snapshot.members->members.pop_back(); }},
        {"no leader", [](MemberSnapshot& snapshot) { snapshot.leads = false; }},
    };
    for (const auto& [what, change] : cases) {
        MemberSnapshot snapshot = uncounted_snapshot();
        change(snapshot);
        EXPECT_THAT(findings_of(snapshot, true), testing::IsEmpty()) << what;
    }
}

TEST(MemberFindings, ReportMissingReplicasOnTheLeader) {
    MemberSnapshot snapshot = leader_snapshot();
    snapshot.members->members.pop_back();
    snapshot.missing_members = {"c2"};
    const auto found = findings_of(snapshot, true);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().what, "group 0 has 0 of 1 replicas: c2 is gone");
    // A replica leaves that to its leader.
    snapshot.leads = false;
    EXPECT_THAT(findings_of(snapshot, true), testing::IsEmpty());
}

TEST(MemberFindings, NameASyncKeyOfAnotherLeader) {
    MemberSnapshot snapshot = leader_snapshot();
    snapshot.synchronous_mode = true;
    snapshot.stored = patroni::StoredGroup{{}, "c1", "7", "c2"};
    const auto found = findings_of(snapshot, true);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().what,
              "the sync key of group 0 in the configuration store names c2 as the leader, which is "
              "c1: nobody can take over from it");
    for (const auto& [leader, sync_leader] :
         std::vector<std::pair<std::string, std::string>>{{"c1", "c1"}, {"c1", ""}, {"c2", "c2"}}) {
        snapshot.stored = patroni::StoredGroup{{}, leader, "7", sync_leader};
        EXPECT_THAT(findings_of(snapshot, true), testing::IsEmpty())
            << leader << " " << sync_leader;
    }
    MemberSnapshot replica = replica_snapshot();
    replica.stored = patroni::StoredGroup{{}, "c1", "7", "c2"};
    EXPECT_THAT(findings_of(replica, true), testing::IsEmpty());
}

}  // namespace
}  // namespace citus_init::patroni
