#include "libpq/connection_failure.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace citus_init::libpq {
namespace {

TEST(ConnectionFailure, FindsTheSqlstateOfAServersAnswer) {
    const auto error = connection_failure(
        "connection to server on socket \"/s/.s.PGSQL.1\" failed: FATAL:  3D000: database \"x\" "
        "does "
        "not exist\nLOCATION:  InitPostgres, postinit.c:942");
    EXPECT_EQ(error.sqlstate, "3D000");
    EXPECT_EQ(
        error.message,
        "connection to server on socket \"/s/.s.PGSQL.1\" failed: FATAL:  database \"x\" does "
        "not exist");
}

TEST(ConnectionFailure, DoesNotMindTheSeveritysLanguage) {
    EXPECT_EQ(connection_failure("Verbindung: SCHWERWIEGEND:  57P03: das System kommt").sqlstate,
              "57P03");
}

TEST(ConnectionFailure, IsABrokenConnectionWithoutAnAnswer) {
    const char* text =
        "connection to server at \"w\" (10.0.0.2), port 5432 failed: Connection refused\n\tIs the "
        "server running on that host and accepting TCP/IP connections?";
    const auto error = connection_failure(text);
    EXPECT_EQ(error.sqlstate, "08006");
    EXPECT_EQ(error.message, text);
}

TEST(ConnectionFailure, IsNotMisledBySimilarTexts) {
    EXPECT_EQ(connection_failure("a:  b3D000: x").sqlstate, "08006");
    EXPECT_EQ(connection_failure("FATAL:  3d000: x").sqlstate, "08006");
    EXPECT_EQ(connection_failure("FATAL:  3D000 x").sqlstate, "08006");
}

TEST(ConnectionFailure, HasFiveCharactersForAnyMessage) {
    EXPECT_TRUE(rc::check([](const std::string& text) {
        RC_ASSERT(connection_failure(text).sqlstate.size() == 5U);
    }));
}

}  // namespace
}  // namespace citus_init::libpq
