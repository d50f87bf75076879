#include <functional>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/patroni/known_members.h"
#include "agent/patroni/member_verdict.h"
#include "member_looks.h"

namespace citus_init::agent {
namespace {

using patroni::Place;
using testing::HasSubstr;

// c1 leads, c2 follows and counts for nothing.
MemberLook uncounted_look() {
    MemberLook look = leader_look();
    look.synchronous_mode = true;
    look.facts->synchronous_standby_names = "";
    look.members->members.back().place = Place::replica;
    return look;
}

TEST(MemberFindings, TellThatNoReplicaCountsAsSynchronous) {
    const auto found = findings_of(uncounted_look(), true);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found.front().what,
                HasSubstr("no replica counts as synchronous although c2 follows"));
    EXPECT_THAT(found.front().fix, HasSubstr("End Patroni on c2"));
}

TEST(MemberFindings, SayNothingOfSynchronyWhereNoneIsDue) {
    const std::vector<std::pair<const char*, std::function<void(MemberLook&)>>> cases{
        {"off", [](MemberLook& look) { look.synchronous_mode = false; }},
        {"nosync", [](MemberLook& look) { look.members->members.back().never_synchronous = true; }},
        {"a replica being made",
         [](MemberLook& look) { look.members->members.back().state = "creating replica"; }},
        {"another timeline", [](MemberLook& look) { look.members->members.back().timeline = 7; }},
        {"no replica", [](MemberLook& look) { look.members->members.pop_back(); }},
        {"no leader", [](MemberLook& look) { look.leads = false; }},
    };
    for (const auto& [what, change] : cases) {
        MemberLook look = uncounted_look();
        change(look);
        EXPECT_THAT(findings_of(look, true), testing::IsEmpty()) << what;
    }
}

TEST(MemberFindings, SayHowManyReplicasAreExpected) {
    KnownMembers known;
    MemberLook look = leader_look();
    EXPECT_THAT(known.missing_from(*look.members), testing::IsEmpty());
    look.members->members.pop_back();
    look.missing_members = known.missing_from(*look.members);
    const auto found = findings_of(look, true);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().what, "group 0 has 0 of 1 replicas: c2 is gone");
    // A replica leaves that to its leader.
    look.leads = false;
    EXPECT_THAT(findings_of(look, true), testing::IsEmpty());
}

TEST(Findings, NameASyncKeyOfAnotherLeader) {
    MemberLook look = leader_look();
    look.synchronous_mode = true;
    look.stored = patroni::StoredGroup{{}, "c1", "7", "c2"};
    const auto found = findings_of(look, true);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().what,
              "the sync key of group 0 in the configuration store names c2 as the leader, which is "
              "c1: nobody can take over from it");
    for (const auto& [leader, sync_leader] :
         std::vector<std::pair<std::string, std::string>>{{"c1", "c1"}, {"c1", ""}, {"c2", "c2"}}) {
        look.stored = patroni::StoredGroup{{}, leader, "7", sync_leader};
        EXPECT_THAT(findings_of(look, true), testing::IsEmpty()) << leader << " " << sync_leader;
    }
    MemberLook replica = replica_look();
    replica.stored = patroni::StoredGroup{{}, "c1", "7", "c2"};
    EXPECT_THAT(findings_of(replica, true), testing::IsEmpty());
}

}  // namespace
}  // namespace citus_init::agent
