#include "citus_init/patroni/lease.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace citus_init::patroni {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Lease, IsReadFromTheConfigurationStore) {
    EXPECT_EQ(lease_from_json(R"({"ttl":25,"loop_wait":4,"retry_timeout":5,"pause":true})"),
              (Lease{seconds(25), seconds(4)}));
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

TEST(Lease, SurvivesItsJson) {
    const Lease lease{seconds(45), seconds(7)};
    EXPECT_EQ(lease_from_json(to_json(lease)), lease);
}

TEST(Lease, TakesAnyBytes) {
    EXPECT_TRUE(rc::check([](const std::string& text) { (void)lease_from_json(text); }));
}

TEST(Lease, EndsAPrimaryBeforeItsKeyRunsOut) {
    EXPECT_EQ(patience_of({seconds(20), seconds(5)}), milliseconds(12'000));
    EXPECT_EQ(patience_of({seconds(30), seconds(10)}), milliseconds(17'000));
    for (const Lease& tight : {Lease{seconds(5), seconds(5)}, Lease{seconds(0), seconds(86'400)}}) {
        EXPECT_EQ(patience_of(tight), milliseconds(1'000));
    }
    for (const long long wild : {-1LL, 1LL << 62}) {
        const auto lease = lease_from_json(R"({"ttl":)" + std::to_string(wild) + "}");
        ASSERT_TRUE(lease);
        EXPECT_GE(patience_of(*lease), milliseconds(1'000));
    }
}

}  // namespace
}  // namespace citus_init::patroni
