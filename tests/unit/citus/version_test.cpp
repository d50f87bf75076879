#include "citus_init/citus/version.h"

#include <gtest/gtest.h>

namespace citus_init::citus {
namespace {

ExtensionVersion parsed(const char* text) {
    return parse_extension_version(text).value();
}

TEST(ExtensionVersionText, IsReadAsPostgresqlWritesIt) {
    EXPECT_EQ(parsed("13.2-1"), (ExtensionVersion{13, 2, 1}));
    EXPECT_EQ(parsed("12.1"), (ExtensionVersion{12, 1, 0}));
    for (const char* bad :
         {"", "13", "13.2-", "13.2-1-1", "13.2.2", "a.b", "-1.2", " 13.2", "13.2-1 "}) {
        EXPECT_FALSE(parse_extension_version(bad)) << bad;
    }
}

TEST(ExtensionVersionText, IsWrittenBackTheSame) {
    for (const char* text : {"13.2-1", "12.1-1", "9.0"}) {
        EXPECT_EQ(parsed(text).text(), text);
    }
}

TEST(DecideUpgrade, FollowsThePolicy) {
    struct Case {
        const char* installed;
        const char* available;
        UpgradePolicy policy;
        UpgradeDecision expected;
    };
    using enum UpgradeDecision;
    const Case cases[] = {
        {"13.2-1", "13.2-1", UpgradePolicy::off, none},
        {"13.2-1", "13.2-1", UpgradePolicy::major, none},
        {"13.1-1", "13.2-1", UpgradePolicy::off, not_allowed},
        {"13.1-1", "13.2-1", UpgradePolicy::minor, update},
        {"11.3-1", "11.3-2", UpgradePolicy::minor, update},
        {"12.1-1", "13.2-1", UpgradePolicy::minor, not_allowed},
        {"12.1-1", "13.2-1", UpgradePolicy::major, update},
        {"13.2-1", "13.1-1", UpgradePolicy::major, library_older},
        {"13.2-1", "12.1-1", UpgradePolicy::off, library_older},
        {"11.3-2", "11.3-1", UpgradePolicy::minor, library_older},
    };
    for (const auto& [installed, available, policy, expected] : cases) {
        EXPECT_EQ(decide_upgrade(parsed(installed), parsed(available), policy), expected)
            << installed << " -> " << available;
    }
}

}  // namespace
}  // namespace citus_init::citus
