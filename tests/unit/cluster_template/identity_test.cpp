#include "cluster_template/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::cluster_template {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

settings::Settings of(const std::string& user, const std::string& password,
                      const std::string& database) {
    settings::Settings settings;
    settings.postgres.user = user;
    settings.postgres.password = Secret(password);
    settings.citus.database = database;
    settings.citus.enable = true;
    return settings;
}

settings::Settings without_citus(settings::Settings settings) {
    settings.citus.enable = false;
    return settings;
}

TEST(NamingSession, IsNoneWhereNothingIsNamed) {
    EXPECT_FALSE(naming_session(without_citus(of("postgres", "", "postgres"))));
}

TEST(NamingSession, IsInADatabaseOfTheClusterThatIsCopied) {
    auto settings = of("postgres", "x", "postgres");
    EXPECT_EQ(naming_session(without_citus(settings))->database, "template1");
    EXPECT_EQ(naming_session(settings)->database, "postgres");
    settings.citus.database = "app";
    const auto session = naming_session(settings);
    EXPECT_EQ(session->database, kOtherDatabase);
    EXPECT_EQ(session->preload, "");
    EXPECT_TRUE(session->changes_catalogs);
}

TEST(NamingSession, QuotesNamesAndTheFirstLineOfThePassword) {
    const auto text = naming_session(of("al ice", "it's\\\nignored", "o'neil\\"))->statements;
    EXPECT_THAT(text, HasSubstr("SET rolname = E'al ice' WHERE oid = 10;\n\n"));
    EXPECT_THAT(text, HasSubstr("ALTER USER \"al ice\" WITH PASSWORD E'it''s\\\\';\n\n"));
    EXPECT_THAT(text, HasSubstr("SET datname = E'o''neil\\\\' WHERE datname ="));
    EXPECT_THAT(text, HasSubstr("server_id"));
    EXPECT_THAT(text, Not(HasSubstr("ignored")));
}

TEST(NamingSession, QuotesANameWithQuotes) {
    EXPECT_THAT(naming_session(without_citus(of("a\"b", "x", "postgres")))->statements,
                HasSubstr("ALTER USER \"a\"\"b\" WITH PASSWORD E'x'"));
}

TEST(NamingSession, MakesTheDatabaseThatNoTemplateHas) {
    auto settings = of("postgres", "", "it's \"one\"");
    settings.postgres.database = settings.citus.database;
    EXPECT_THAT(naming_session(without_citus(settings))->statements,
                HasSubstr("CREATE DATABASE \"it's \"\"one\"\"\";\n\n"));
    EXPECT_THAT(naming_session(settings)->statements, Not(HasSubstr("CREATE")));
    for (const char* present : {"postgres", "template1"}) {
        settings.postgres.database = present;
        EXPECT_FALSE(naming_session(without_citus(settings)));
    }
}

TEST(NewIdentity, DiffersEachTime) {
    const auto one = new_identity();
    const auto other = new_identity();
    ASSERT_TRUE(one && other);
    EXPECT_NE(one->system_identifier, other->system_identifier);
    EXPECT_NE(one->nonce, other->nonce);
    // Seconds in the upper half, as in initdb's.
    EXPECT_GT(one->system_identifier >> 32U, 1'700'000'000U);
}

TEST(CanBeNamed, RefusesLineBreaks) {
    EXPECT_TRUE(can_be_named(of("postgres", "", "a b")));
    EXPECT_FALSE(can_be_named(of("postgres", "", "a;\n\nb")));
}

}  // namespace
}  // namespace citus_init::cluster_template
