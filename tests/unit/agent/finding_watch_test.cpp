#include "agent/member/finding_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/member/known_members.h"
#include "unit/ha/member_snapshots.h"

namespace citus_init::agent {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FindingWatch, ReportsOnceWhatLasts) {
    FindingWatch watch(seconds(20));
    const FindingWatch::Time start{};
    const std::vector<ha::Finding> found{{"row", "wrong", "fix"}};
    EXPECT_THAT(watch.take(found, start).unreported, IsEmpty());
    EXPECT_THAT(watch.take(found, start + seconds(19)).lasting, IsEmpty());
    EXPECT_EQ(watch.take(found, start + seconds(20)).unreported, found);
    const auto later = watch.take({{"row", "wrong still", "fix"}}, start + seconds(30));
    EXPECT_THAT(later.unreported, IsEmpty());
    EXPECT_EQ(later.lasting.front().what, "wrong still");
    EXPECT_THAT(watch.take({}, start + seconds(40)).ended, ElementsAre("wrong still"));
    // And anew, after the grace period again.
    EXPECT_THAT(watch.take(found, start + seconds(50)).unreported, IsEmpty());
}

TEST(FindingWatch, IgnoresWhatPasses) {
    FindingWatch watch(seconds(20));
    const FindingWatch::Time start{};
    static_cast<void>(watch.take({{"row", "wrong", "fix"}}, start));
    EXPECT_THAT(watch.take({}, start + seconds(10)).ended, IsEmpty());
    EXPECT_THAT(watch.take({{"row", "wrong", "fix"}}, start + seconds(25)).unreported, IsEmpty());
}

TEST(KnownMembers, AreMissedOnceTheyAreGone) {
    KnownMembers known;
    ha::GroupView group = *ha::leader_snapshot().members;
    EXPECT_THAT(known.missing_from(group), IsEmpty());
    group.members.pop_back();
    EXPECT_THAT(known.missing_from(group), ElementsAre("c2"));
}

}  // namespace
}  // namespace citus_init::agent
