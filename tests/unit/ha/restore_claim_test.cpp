#include "citus_init/ha/patroni/client/restore_claim.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace citus_init::patroni {
namespace {

const RestoreClaim kClaim{"w11", {"w11.example", 5433}, "before-migration", "2026-11-30T12:00:00Z"};

TEST(RestoreClaim, IsReadAsItWasWritten) {
    EXPECT_EQ(parse_restore_claim(restore_claim_text(kClaim)), kClaim);
}

TEST(RestoreClaim, IsEmptyWhereItIsOfAnotherForm) {
    for (const char* text : {"", "[]", "w11", R"({"member":7,"port":"x"})", R"({"port":70000})"}) {
        EXPECT_EQ(parse_restore_claim(text), RestoreClaim{}) << text;
    }
}

RC_GTEST_PROP(RestoreClaimText, IsAnyText, (const std::string& text)) {
    static_cast<void>(parse_restore_claim(text));
}

TEST(RestoreClaim, IsBesideTheKeysOfItsGroup) {
    settings::PatroniSettings patroni;
    patroni.scope = "demo";
    EXPECT_EQ(restore_claim_key(patroni, 1), "/service/demo/1/citus_init_restore");
}

TEST(GroupKeys, AreThoseOfTheGroupAlone) {
    const std::vector<StoreEntry> entries{
        {"/service/demo/1/initialize", "", "", "7"},
        {"/service/demo/1/leader", "w12", "8", "9"},
        {"/service/demo/1/members/w12", R"({"conn_url":"postgres://w12:5433/postgres"})"},
        {"/service/demo/0/citus_init_restore", restore_claim_text(kClaim), "", "11"},
        {"/service/demo/11/citus_init_restore", "{}", "", "12"}};
    const GroupKeys leading = parse_group_keys(entries, "/service/demo/", 1);
    EXPECT_EQ(leading, (GroupKeys{true, false, HostPort{"w12", 5433}, std::nullopt}));
    const GroupKeys claimed = parse_group_keys(entries, "/service/demo/", 0);
    EXPECT_EQ(claimed, (GroupKeys{false, false, std::nullopt, kClaim}));
    EXPECT_EQ(parse_group_keys(entries, "/service/demo/", 2), GroupKeys{});
}

TEST(GroupKeys, ShowAClusterOrWhatItHasLeft) {
    const auto keys_of = [](const std::string& name) {
        return parse_group_keys({{"/service/demo/1/" + name, "x"}}, "/service/demo/", 1);
    };
    EXPECT_TRUE(keys_of("initialize").has_cluster);
    EXPECT_TRUE(keys_of("leader").has_cluster);
    for (const char* left : {"status", "history"}) {
        EXPECT_TRUE(keys_of(left).has_remains && !keys_of(left).has_cluster) << left;
    }
    for (const char* other : {"config", "members/w12", "failover"}) {
        EXPECT_EQ(keys_of(other), GroupKeys{}) << other;
    }
}

}  // namespace
}  // namespace citus_init::patroni
