#include "citus_init/node/single_user.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::node {
namespace {

settings::Settings settings_of(const std::string& database, bool citus,
                               const std::string& citus_database = "") {
    settings::Settings settings;
    settings.postgres.database = database;
    settings.citus.enable = citus;
    settings.citus.database = citus_database.empty() ? database : citus_database;
    return settings;
}

std::vector<std::string> changes_of(const settings::Settings& settings) {
    std::vector<std::string> changes;
    const auto sessions = single_user_sessions(settings, 15, true);
    for (const auto& session : sessions.value()) {
        changes.push_back(session.changes);
    }
    return changes;
}

TEST(SingleUser, HasNothingToDoForPlainPostgres) {
    EXPECT_THAT(changes_of(settings_of("postgres", false)), testing::IsEmpty());
    EXPECT_THAT(changes_of(settings_of("template1", false)), testing::IsEmpty());
}

TEST(SingleUser, MakesTheDatabasesBeforeTheExtension) {
    EXPECT_THAT(
        changes_of(settings_of("app", true, "cluster")),
        testing::ElementsAre("created the database \"app\"", "created the database \"cluster\"",
                             "created the extension citus and citus_columnar"));
    EXPECT_THAT(changes_of(settings_of("postgres", true)),
                testing::ElementsAre("created the extension citus and citus_columnar"));
}

TEST(SingleUser, LoadsCitusForTheExtensionOnly) {
    const auto sessions = single_user_sessions(settings_of("app", true), 15, false).value();
    ASSERT_EQ(sessions.size(), 2U);
    EXPECT_EQ(sessions[0].preload, "");
    EXPECT_EQ(sessions[0].database, "template1");
    EXPECT_EQ(sessions[1].preload, "citus");
    EXPECT_EQ(sessions[1].database, "app");
    EXPECT_EQ(sessions[1].statements, "BEGIN;\nCREATE EXTENSION IF NOT EXISTS citus;\nCOMMIT;\n\n");
}

TEST(SingleUser, LeavesTheNumbersOfTheSystemOnce) {
    const auto sessions = single_user_sessions(settings_of("app", true), 15, false).value();
    EXPECT_THAT(sessions.at(0).statements, testing::HasSubstr("pg_nextoid"));
    EXPECT_THAT(sessions.at(1).statements, testing::Not(testing::HasSubstr("pg_nextoid")));
}

TEST(SingleUser, QuotesNames) {
    const auto sessions = single_user_sessions(settings_of("a\"; b", false), 13, false).value();
    EXPECT_THAT(sessions.at(0).statements,
                testing::EndsWith(";\n\nCREATE DATABASE \"a\"\"; b\";\n\n"));
}

TEST(SingleUser, LeavesWhatItCannotDoToAServer) {
    EXPECT_FALSE(single_user_sessions(settings_of("b\u00fccher", false), 15, false));
    EXPECT_FALSE(single_user_sessions(settings_of("a;\n\nb", false), 15, false));
    EXPECT_FALSE(single_user_sessions(settings_of("postgres", true, "b\u00fccher"), 15, false));
    // Citus has to be preloaded, which single-user mode does since 15.
    EXPECT_FALSE(single_user_sessions(settings_of("postgres", true), 14, false));
    EXPECT_TRUE(single_user_sessions(settings_of("app", false), 14, false));
}

}  // namespace
}  // namespace citus_init::node
