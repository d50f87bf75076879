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
    return settings;
}

TEST(NamingStatements, AreNoneWhereNothingIsNamed) {
    EXPECT_EQ(naming_statements(of("postgres", "", "postgres"), Variant::plain), "");
}

TEST(NamingStatements, QuoteNamesAndTheFirstLineOfThePassword) {
    const auto text =
        naming_statements(of("al ice", "it's\\\nignored", "o'neil\\"), Variant::other);
    EXPECT_THAT(text, HasSubstr("SET rolname = E'al ice' WHERE oid = 10;\n\n"));
    EXPECT_THAT(text, HasSubstr("ALTER USER \"al ice\" WITH PASSWORD E'it''s\\\\';\n\n"));
    EXPECT_THAT(text, HasSubstr("SET datname = E'o''neil\\\\' WHERE datname ="));
    EXPECT_THAT(text, HasSubstr("server_id"));
    EXPECT_THAT(text, Not(HasSubstr("ignored")));
}

TEST(NamingStatements, QuoteANameWithQuotes) {
    EXPECT_THAT(naming_statements(of("a\"b", "x", "postgres"), Variant::plain),
                HasSubstr("ALTER USER \"a\"\"b\" WITH PASSWORD E'x'"));
}

TEST(NamingStatements, MakeTheDatabaseThatNoTemplateHas) {
    auto settings = of("postgres", "", "it's \"one\"");
    settings.postgres.database = settings.citus.database;
    EXPECT_THAT(naming_statements(settings, Variant::plain),
                HasSubstr("CREATE DATABASE \"it's \"\"one\"\"\";\n\n"));
    EXPECT_THAT(naming_statements(settings, Variant::other), Not(HasSubstr("CREATE")));
    for (const char* present : {"postgres", "template1"}) {
        settings.postgres.database = present;
        EXPECT_EQ(naming_statements(settings, Variant::plain), "");
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
