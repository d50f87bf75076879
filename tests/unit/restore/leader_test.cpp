#include "restore/leader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace citus_init::restore {
namespace {

constexpr const char* kIdentity = "7312007331203142345|3|1/C0003A8|\n64MB\n";

TEST(Leader, IsWhatItsServerSays) {
    const auto leader = parse_leader(kIdentity);
    ASSERT_TRUE(leader);
    EXPECT_EQ(*leader, (Leader{"7312007331203142345", 3, {"000000030000000100000003"}}));
}

TEST(Leader, IsFoundBehindWarnings) {
    const auto leader =
        parse_leader("WARNING: password file has group access\n731|1|0/3000148|\n16MB\n");
    ASSERT_TRUE(leader);
    EXPECT_EQ(*leader, (Leader{"731", 1, {"000000010000000000000003"}}));
}

TEST(Leader, IsNotThereInOtherAnswers) {
    for (const char* text :
         {"", "psql: error: connection refused", "|1|0/3000148|", "731|x|0/3|"}) {
        EXPECT_FALSE(parse_leader(text)) << text;
    }
    // Then no base backup is refused.
    EXPECT_EQ(parse_leader("731|2|0/3000148|\n")->wal, backup::WalHistory{});
}

TEST(Leader, HasLeftTimelines) {
    auto leader = *parse_leader(kIdentity);
    add_history(leader, kIdentity,
                "WARNING: x\n00000003.history|1\t0/50000A0\tno recovery target specified\n\n"
                "2\t1/8000000\tat restore point \"wanted\"\n");
    EXPECT_EQ(leader.wal.left,
              (std::vector<std::string>{"000000010000000000000001", "000000020000000100000002"}));
    auto other = *parse_leader(kIdentity);
    add_history(other, kIdentity, "ERROR: requested WAL segment has been removed");
    EXPECT_TRUE(other.wal.left.empty());
}

RC_GTEST_PROP(LeaderText, IsAnyText, (const std::string& text)) {
    if (auto leader = parse_leader(text)) {
        add_history(*leader, text, text);
    }
}

}  // namespace
}  // namespace citus_init::restore
