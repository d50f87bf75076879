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
    EXPECT_EQ(age.age(kStart + seconds(60)), std::nullopt);
}

TEST(StoreContact, GrowsUntilTheNextAnswer) {
    StoreContact age;
    age.take(status(0, 1), kStart + seconds(1));
    age.take(status(5, 7), kStart + seconds(7));
    EXPECT_EQ(age.age(kStart + seconds(7)), seconds(2));
    EXPECT_EQ(age.age(kStart + seconds(12)), seconds(7));
}

TEST(AgeOfTheStore, TakesTwoSignsForARenewalThatNobodyHasSeen) {
    struct Case {
        const char* what;
        std::optional<LeaseAge> lease;
        std::optional<seconds> contact;
        std::optional<seconds> age;
    };
    const Case cases[] = {
        {"nothing is known", std::nullopt, std::nullopt, std::nullopt},
        {"another store", std::nullopt, seconds(4), seconds(4)},
        {"Patroni has just started", LeaseAge{seconds(3), seconds(4)}, std::nullopt, seconds(4)},
        // Etcd stopped, or the agent was not run, after Patroni had renewed the lease once more.
        {"a renewal since", LeaseAge{seconds(4), seconds(9)}, seconds(4), seconds(4)},
        {"no renewal since", LeaseAge{seconds(4), seconds(9)}, seconds(9), seconds(9)},
        // Its loop hangs, and a dashboard asks it for /cluster.
        {"etcd says so", LeaseAge{seconds(8), seconds(9)}, seconds(0), seconds(8)},
        // It reads the store, and cannot write to it.
        {"no renewal by a loop that reads", LeaseAge{seconds(9), seconds(9)}, seconds(1),
         seconds(9)},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(store_age(each.lease, each.contact), each.age) << each.what;
    }
}

}  // namespace
}  // namespace citus_init::patroni
