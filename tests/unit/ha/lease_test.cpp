#include "citus_init/ha/lease.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace citus_init::ha {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Lease, IsReadFromTheConfigurationStore) {
    EXPECT_EQ(lease_from_json(R"({"ttl":25,"loop_wait":4,"retry_timeout":5,"pause":true})"),
              (Lease{seconds(25), seconds(4), seconds(5)}));
    for (const char* on : {"true", "\"on\"", "\"quorum\"", "\"True\""}) {
        const auto lease =
            lease_from_json(std::string(R"({"failsafe_mode":true,"synchronous_mode":)") + on + "}");
        EXPECT_TRUE(lease->failsafe_mode && lease->synchronous_mode) << on;
    }
    for (const char* off : {"false", "\"off\"", "null", "0"}) {
        EXPECT_FALSE(
            lease_from_json(std::string(R"({"synchronous_mode":)") + off + "}")->synchronous_mode)
            << off;
    }
}

// "25" is what Patroni's int() takes as well.
TEST(Lease, IsPatronisDefaultWhereTheStoreHasNone) {
    EXPECT_EQ(lease_from_json(R"({"ttl":"25"})"), (Lease{seconds(25), seconds(10)}));
    EXPECT_EQ(lease_from_json(R"({"ttl":null,"loop_wait":[1]})"),
              (Lease{seconds(30), seconds(10)}));
}

TEST(Lease, IsNoneWhereTheAnswerIsNoObject) {
    for (const char* text : {"", "[]", "null", "{", "\"ttl\""}) {
        EXPECT_EQ(lease_from_json(text), std::nullopt) << text;
    }
}

TEST(Lease, TakesAnyBytes) {
    EXPECT_TRUE(rc::check([](const std::string& text) { (void)lease_from_json(text); }));
}

TEST(Lease, EndsAPrimaryBeforeItsKeyRunsOut) {
    EXPECT_EQ(answer_timeout_of({seconds(20), seconds(5)}), milliseconds(12'000));
    EXPECT_EQ(answer_timeout_of({seconds(30), seconds(10)}), milliseconds(17'000));
    for (const Lease& tight : {Lease{seconds(5), seconds(5)}, Lease{seconds(0), seconds(86'400)}}) {
        EXPECT_EQ(answer_timeout_of(tight), milliseconds(1'000));
    }
    for (const long long wild : {-1LL, 1LL << 62}) {
        const auto lease = lease_from_json(R"({"ttl":)" + std::to_string(wild) + "}");
        ASSERT_TRUE(lease);
        EXPECT_GE(answer_timeout_of(*lease), milliseconds(1'000));
    }
}

TEST(Lease, SaysHowFarApartQuestionsAre) {
    struct Case {
        int ttl, loop_wait, retry_timeout;
        int interval;  // in milliseconds
        int doubt_age;
    };
    for (const Case& each :
         {Case{20, 5, 5, 3'000, 9}, Case{30, 10, 10, 3'000, 14}, Case{90, 10, 10, 3'000, 14},
          Case{20, 10, 5, 2'000, 13}, Case{20, 2, 3, 3'000, 6}, Case{15, 3, 3, 2'250, 6},
          Case{10, 2, 3, 2'000, 3}, Case{5, 1, 1, 2'000, 1}, Case{0, 0, 0, 2'000, 1}}) {
        const Lease lease{seconds(each.ttl), seconds(each.loop_wait), seconds(each.retry_timeout)};
        const auto text =
            ::testing::PrintToString(each.ttl) + "/" + ::testing::PrintToString(each.loop_wait);
        EXPECT_EQ(question_interval_of(lease), milliseconds(each.interval)) << text;
        EXPECT_EQ(doubt_age_of(lease), seconds(each.doubt_age)) << text;
    }
}

// Once in doubt, the age of the contact is known each second, so it is seen a second after it is
// too great.
TEST(Lease, IsInDoubtBeforeItIsTooOld) {
    EXPECT_TRUE(rc::check([] {
        const auto some = [](int least) { return seconds(*rc::gen::inRange(least, 120)); };
        const Lease lease{some(5), some(1), some(1), *rc::gen::arbitrary<bool>()};
        if (store_timeout_of(lease) > seconds(3)) {
            RC_ASSERT(doubt_age_of(lease) + question_interval_of(lease) <= store_timeout_of(lease));
        }
        RC_ASSERT(doubt_age_of(lease) >= seconds(1));
    }));
}

// What a primary may do without the store, in seconds: by Patroni's own loop, and by the watchdog.
TEST(Lease, EndsAPrimaryWithoutTheStoreBeforeAnotherLeads) {
    struct Case {
        int ttl, loop_wait, retry_timeout;
        bool failsafe;
        int store_timeout;
    };
    for (const Case& each :
         {Case{20, 5, 5, false, 12}, Case{20, 5, 5, true, 13}, Case{20, 2, 3, false, 15},
          Case{20, 2, 3, true, 15}, Case{30, 10, 10, false, 20}, Case{30, 10, 10, true, 23},
          Case{20, 10, 5, false, 15}, Case{20, 10, 5, true, 17}, Case{10, 2, 3, true, 8 - 1},
          Case{60, 10, 10, true, 47}, Case{5, 1, 1, true, 2}}) {
        const Lease lease{seconds(each.ttl), seconds(each.loop_wait), seconds(each.retry_timeout),
                          each.failsafe};
        const auto store_timeout = store_timeout_of(lease);
        const auto text = ::testing::PrintToString(each.ttl) + "/" +
                          ::testing::PrintToString(each.loop_wait) + "/" +
                          ::testing::PrintToString(each.retry_timeout);
        EXPECT_EQ(store_timeout, seconds(each.store_timeout))
            << text << (each.failsafe ? " failsafe" : "");
        // The key was renewed when the store was reached last: a second to see it, one to end the
        // server.
        EXPECT_LE(store_timeout + seconds(2), lease.ttl) << text;
        // A healthy loop is never taken for one that hangs.
        EXPECT_GE(store_timeout, lease.loop_wait + seconds(1)) << text;
        const auto notices = lease.loop_wait + lease.retry_timeout + seconds(each.failsafe ? 3 : 0);
        if (lease.ttl >= lease.loop_wait + notices + seconds(3)) {
            // The key was renewed up to a loop_wait before that.
            EXPECT_LE(store_timeout + seconds(2), lease.ttl - lease.loop_wait) << text;
            EXPECT_GE(store_timeout, notices) << text;
        }
    }
}

}  // namespace
}  // namespace citus_init::ha
