#include "citus_init/ha/patroni/store_contact.h"

#include <gtest/gtest.h>

namespace citus_init::patroni {
namespace {

using ha::MemberStatus;
using std::chrono::seconds;

constexpr std::int64_t kEpoch = 1'800'000'000;
const StoreContact::Time kStart{seconds(1'000)};

MemberStatus status(std::int64_t seen, std::int64_t asked) {
    MemberStatus status;
    status.dcs_last_seen = kEpoch + seen;
    status.asked_at = kEpoch + asked;
    return status;
}

TEST(StoreContact, GrowsWhileTheStoreIsNotReached) {
    StoreContact age;
    age.take(status(0, 1), kStart + seconds(1));
    age.take(status(5, 7), kStart + seconds(7));
    EXPECT_EQ(age.take(status(5, 9), kStart + seconds(9)), seconds(4));
    EXPECT_EQ(age.take(status(5, 18), kStart + seconds(18)), seconds(13));
    // Since the last answer, that is; the wall clock's whole seconds are coarser.
    EXPECT_EQ(age.take(status(17, 19), kStart + seconds(19)), seconds(1));
}

TEST(StoreContact, DoesNotBelieveAWallClockThatJumps) {
    StoreContact age;
    age.take(status(0, 1), kStart + seconds(1));
    age.take(status(5, 7), kStart + seconds(7));
    EXPECT_EQ(age.take(status(5, 3'609), kStart + seconds(9)), seconds(8));
    EXPECT_EQ(age.take(status(5, -100), kStart + seconds(10)), seconds(0));
}

TEST(StoreContact, IsNotKnownOfAPatroniThatHasJustStarted) {
    StoreContact age;
    EXPECT_EQ(age.take(MemberStatus{}, kStart), std::nullopt);
    EXPECT_FALSE(age.is_old(kStart + seconds(60)));
}

TEST(StoreContact, IsOldOnceAUsualLoopIsOver) {
    StoreContact age;
    age.take(status(0, 1), kStart + seconds(1));
    age.take(status(5, 7), kStart + seconds(7));
    EXPECT_FALSE(age.is_old(kStart + seconds(11)));
    EXPECT_TRUE(age.is_old(kStart + seconds(12)));
}

}  // namespace
}  // namespace citus_init::patroni
