#include "citus_init/ha/patroni/client/initialize_key.h"

#include <gtest/gtest.h>

namespace citus_init::patroni {
namespace {

constexpr const char* kPrefix = "/service/demo/1/";

StoreEntry entry(const std::string& name, const std::string& value) {
    return {kPrefix + name, value, "", "7"};
}

InitializeKey key_of(const std::vector<StoreEntry>& entries) {
    return parse_initialize_key(entries, kPrefix, "w11");
}

TEST(InitializeKey, IsEmptyWhileAMemberBootstraps) {
    EXPECT_EQ(key_of({}), InitializeKey{});
    EXPECT_EQ(key_of({entry("initialize", ""), {"/service/demo/11/leader", "w111", "", "9"}}),
              (InitializeKey{true, "", "7", false, true}));
    EXPECT_EQ(key_of({entry("initialize", "7312"), entry("leader", "w12")}),
              (InitializeKey{true, "7312", "7", true, true}));
}

TEST(InitializeKey, MayBeAnothersWhoDoesSomething) {
    const auto idle = [](const std::string& name, const std::string& value) {
        return key_of({entry("members/" + name, value)}).others_are_idle;
    };
    EXPECT_TRUE(idle("w12", R"({"state":"stopped","role":"uninitialized"})"));
    EXPECT_FALSE(idle("w12", R"({"state":"initializing new cluster"})"));
    EXPECT_FALSE(idle("w12", R"({"state":"running"})"));
    EXPECT_FALSE(idle("w12", "?"));
    // What this member left there before it ended.
    EXPECT_TRUE(idle("w11", R"({"state":"initializing new cluster"})"));
}

}  // namespace
}  // namespace citus_init::patroni
