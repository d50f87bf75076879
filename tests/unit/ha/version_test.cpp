#include "citus_init/ha/patroni/version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::patroni {
namespace {

using ha::MemberRole;
using ha::parse_member_role;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> complaints(Version version, const settings::PatroniSettings& settings) {
    std::vector<std::string> texts;
    for (const auto& problem : check_version(version, settings)) {
        texts.push_back(problem.text());
    }
    return texts;
}

TEST(PatroniVersion, IsReadFromWhatPatroniPrints) {
    EXPECT_EQ(parse_version("patroni 3.0.2\n"), (Version{3, 0, 2}));
    EXPECT_EQ(parse_version("patroni 4.1"), (Version{4, 1, 0}));
    EXPECT_EQ(parse_version("patroni 4.1.0rc1\n"), (Version{4, 1, 0}));
    for (const char* text : {"", "patroni", "patroni 4", "patroni x.y", "postgres 15.2",
                             "sh: 1: patroni: not found"}) {
        EXPECT_EQ(parse_version(text), std::nullopt) << text;
    }
}

TEST(PatroniVersion, IsRefusedBelow33WithTheReasonUnlessAllowed) {
    settings::PatroniSettings settings;
    EXPECT_THAT(complaints({3, 2, 9}, settings),
                ElementsAre(HasSubstr("a failover loses acknowledged writes")));
    EXPECT_THAT(complaints({3, 3, 0}, settings), IsEmpty());
    settings.allow_old_patroni = true;
    EXPECT_THAT(complaints({3, 0, 2}, settings), IsEmpty());
    EXPECT_THAT(complaints({3, 0, 1}, settings), ElementsAre(HasSubstr("no version before 3.0.2")));
}

TEST(PatroniVersion, ReportsWhatItDoesNotHave) {
    settings::PatroniSettings settings;
    settings.synchronous_mode = settings::SynchronousMode::quorum;
    settings.ttl = std::chrono::seconds(10);
    settings.retry_timeout = std::chrono::seconds(2);
    EXPECT_THAT(complaints({3, 3, 0}, settings),
                ElementsAre(HasSubstr("is quorum, which Patroni 3.3.0 does not have")));
    EXPECT_THAT(complaints({4, 0, 0}, settings),
                ElementsAre(HasSubstr("CITUS_PATRONI_TTL: is 10 s, and Patroni 4.0.0 takes 20 s"),
                            HasSubstr("CITUS_PATRONI_RETRY_TIMEOUT: is 2 s")));
}

TEST(MemberRole, IsTheSameUnderBothNames) {
    EXPECT_EQ(parse_member_role("master"), MemberRole::primary);
    EXPECT_EQ(parse_member_role("primary"), MemberRole::primary);
    EXPECT_EQ(parse_member_role("replica"), MemberRole::replica);
    EXPECT_EQ(parse_member_role("demoted"), MemberRole::demoted);
    EXPECT_EQ(parse_member_role("king"), std::nullopt);
}

}  // namespace
}  // namespace citus_init::patroni
