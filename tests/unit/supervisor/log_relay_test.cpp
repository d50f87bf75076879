#include "citus_init/supervisor/log_relay.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace citus_init::supervisor {
namespace {

TEST(LogLines, RewordsTheBootstrapServersReadyLine) {
    LogLines lines(RelayMode::bootstrap);
    EXPECT_EQ(
        lines.take("2026-11-22 14:00:00.000 UTC [7] LOG:  database system is ready to accept "
                   "connections"),
        "2026-11-22 14:00:00.000 UTC [7] LOG:  bootstrap server is ready on its Unix socket\n");
    EXPECT_EQ(lines.take("anything else"), "anything else\n");
}

TEST(LogLines, LeavesOutWhatEveryBootstrapServerLogs) {
    const std::string prefix = "2026-11-22 14:00:00.000 UTC [7] ";
    struct Line {
        const char* text;
        bool is_kept;
    };
    constexpr std::array<Line, 14> kLines{{
        {"LOG:  starting PostgreSQL 15.20 on x86_64-pc-linux-gnu", false},
        {"LOG:  number of prepared transactions has not been configured, overriding", false},
        {"DETAIL:  max_prepared_transactions is now set to 200", false},
        {"LOG:  statement: SELECT 'LOG:  x'", true},
        {"ERROR:  relation \"t\" does not exist at character 15", true},
        {"STATEMENT:  SELECT * FROM t", true},
        {"LOG:  starting maintenance daemon on database 5 user 10", false},
        {"CONTEXT:  Citus maintenance daemon for database 5 user 10", false},
        {"WARNING:  starting PostgreSQL is what this table is about", true},
        {"DETAIL:  of the warning", true},
        {"LOG:  checkpoint complete: wrote 475 buffers (2.9%)", false},
        {"LOG:  checkpoints are occurring too frequently (1 second apart)", true},
        {"FATAL:  could not access file \"x\"", true},
        {"LOG:  database system is shut down", false},
    }};
    LogLines lines(RelayMode::bootstrap);
    LogLines all(RelayMode::bootstrap_all);
    for (const Line& line : kLines) {
        EXPECT_EQ(lines.take(prefix + line.text),
                  line.is_kept ? prefix + line.text + "\n" : std::string());
        EXPECT_EQ(all.take(prefix + line.text), prefix + line.text + "\n");
    }
    EXPECT_EQ(lines.take(prefix + "LOG:  shutting down"), "");
    EXPECT_EQ(lines.take("\tgoes on"), "");
    EXPECT_EQ(lines.take("no prefix"), "no prefix\n");
    LogLines as_json(RelayMode::bootstrap_json);
    EXPECT_EQ(as_json.take(prefix + "LOG:  shutting down") + as_json.flush(), "");
    EXPECT_EQ(as_json.take(prefix + "ERROR:  x"), "");
    EXPECT_NE(as_json.take(prefix + "LOG:  shutting down").find("\"msg\":\"x\""),
              std::string::npos);
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

}  // namespace
}  // namespace citus_init::supervisor
