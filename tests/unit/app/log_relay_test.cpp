#include "app/supervisor/log_relay.h"

#include <gtest/gtest.h>

namespace citus_init::app {
namespace {

TEST(LogLines, RewordsTheBootstrapServersReadyLine) {
    LogLines lines(RelayMode::bootstrap);
    EXPECT_EQ(
        lines.take("2026-11-22 14:00:00.000 UTC [7] LOG:  database system is ready to accept "
                   "connections"),
        "2026-11-22 14:00:00.000 UTC [7] LOG:  bootstrap server is ready on its Unix socket\n");
    EXPECT_EQ(lines.take("anything else"), "anything else\n");
}

TEST(LogLines, MakesOneJsonObjectOfAMessageAndItsContinuation) {
    LogLines lines(RelayMode::json);
    EXPECT_EQ(lines.take("2026-11-22 14:00:00.000 UTC [7] ERROR:  no \"x\""), "");
    EXPECT_EQ(lines.take("\tsecond line"), "");
    EXPECT_EQ(lines.flush(),
              "{\"logger\":\"postgres\",\"ts\":\"2026-11-22 14:00:00.000 UTC\",\"pid\":\"7\","
              "\"level\":\"ERROR\",\"msg\":\"no \\\"x\\\"\\nsecond line\"}\n");
    EXPECT_EQ(lines.flush(), "");
}

TEST(LogLines, KeepsALineOfAnotherShape) {
    LogLines lines(RelayMode::json);
    lines.take("no prefix");
    EXPECT_EQ(lines.take("next"), "{\"logger\":\"postgres\",\"msg\":\"no prefix\"}\n");
}

TEST(LogLines, HideThePasswordOfInitdbsStatement) {
    const std::string line =
        "2026-11-22 14:00:00.000 UTC [17] STATEMENT:  ALTER USER \"public\" WITH PASSWORD "
        "E'it''s\\\\';";
    const std::string hidden =
        "2026-11-22 14:00:00.000 UTC [17] STATEMENT:  ALTER USER \"public\" WITH PASSWORD "
        "E'***';\n";
    for (const RelayMode mode : {RelayMode::initdb, RelayMode::patroni}) {
        EXPECT_EQ(LogLines(mode).take(line), hidden);
        EXPECT_EQ(LogLines(mode).take("creating \"x\" ... ok"), "creating \"x\" ... ok\n");
    }
    LogLines lines(RelayMode::patroni_json);
    lines.take(line);
    EXPECT_EQ(lines.flush().find("it''s"), std::string::npos);
}

TEST(LogLines, LeavesPatronisAndItsServersLinesAsTheyAre) {
    LogLines lines(RelayMode::patroni);
    EXPECT_EQ(lines.take("2026-11-22 14:00:00,000 INFO: no action"),
              "2026-11-22 14:00:00,000 INFO: no action\n");
    EXPECT_EQ(lines.flush(), "");
}

TEST(LogLines, TellsPatronisMessagesFromItsServersInJson) {
    LogLines lines(RelayMode::patroni_json);
    lines.take("2026-11-22 14:00:00,000 ERROR: a \"b\"");
    EXPECT_EQ(lines.flush(),
              "{\"logger\":\"patroni\",\"ts\":\"2026-11-22 14:00:00,000\",\"level\":\"ERROR\","
              "\"msg\":\"a \\\"b\\\"\"}\n");
    lines.take("2026-11-22 14:00:00.000 UTC [7] LOG:  ready");
    EXPECT_EQ(lines.flush(),
              "{\"logger\":\"postgres\",\"ts\":\"2026-11-22 14:00:00.000 UTC\",\"pid\":\"7\","
              "\"level\":\"LOG\",\"msg\":\"ready\"}\n");
}

}  // namespace
}  // namespace citus_init::app
