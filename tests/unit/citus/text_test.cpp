#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "citus_init/citus/node_conninfo.h"
#include "citus_init/citus/session.h"
#include "citus_init/citus/sql_failure.h"

#include "citus/retry_delay.h"

namespace citus_init::citus {
namespace {

using Options = std::map<std::string, std::string>;

TEST(ParseConninfo, TakesKeywordsAndValues) {
    EXPECT_EQ(parse_conninfo(""), Options{});
    EXPECT_EQ(parse_conninfo(" sslmode=require "), (Options{{"sslmode", "require"}}));
    EXPECT_EQ(parse_conninfo("a = b  c='d e' f='g\\'h' i=j\\ k l=''"),
              (Options{{"a", "b"}, {"c", "d e"}, {"f", "g'h"}, {"i", "j k"}, {"l", ""}}));
}

TEST(ParseConninfo, RefusesWhatLibpqRefuses) {
    for (const char* bad : {"sslmode", "=x", "a='b", "a=b c"}) {
        EXPECT_FALSE(parse_conninfo(bad)) << bad;
    }
}

TEST(ParseConninfo, EndsForAnyBytes) {
    EXPECT_TRUE(rc::check([](const std::string& text) { (void)parse_conninfo(text); }));
}

TEST(Quoting, DoublesQuotes) {
    EXPECT_EQ(quote_identifier("my \"db\""), "\"my \"\"db\"\"\"");
    EXPECT_EQ(quote_literal("it's"), "'it''s'");
    EXPECT_EQ(quote_literal("a\\b"), " E'a\\\\b'");
}

TEST(FailureKind, GoesBySqlstate) {
    const auto kind = [](const char* sqlstate) {
        return failure_kind(SqlError{sqlstate, "", "", ""});
    };
    for (const char* sqlstate : {"08006", "57P03", "57014", "53300", "28P01", "28000", "3D000"}) {
        EXPECT_EQ(kind(sqlstate), FailureKind::unreachable) << sqlstate;
    }
    for (const char* sqlstate : {"40P01", "55P03", "40001"}) {
        EXPECT_EQ(kind(sqlstate), FailureKind::conflict) << sqlstate;
    }
    for (const char* sqlstate : {"XX000", "42501", "53100", "0A000"}) {
        EXPECT_EQ(kind(sqlstate), FailureKind::permanent) << sqlstate;
    }
}

TEST(SqlFailure, ChoosesTheExitCode) {
    const auto code = [](const char* sqlstate) {
        return sql_failure("x", SqlError{sqlstate, "", "", ""}).code;
    };
    EXPECT_EQ(code("08006"), ExitCode::unavailable);
    EXPECT_EQ(code("55P03"), ExitCode::unavailable);
    EXPECT_EQ(code("53100"), ExitCode::io);
    EXPECT_EQ(code("42501"), ExitCode::permission);
    EXPECT_EQ(code("0A000"), ExitCode::config);
    EXPECT_EQ(code("58P01"), ExitCode::config);
    EXPECT_EQ(code("XX000"), ExitCode::software);
}

TEST(SqlFailure, ReportsTheWarningThatHadTheCause) {
    EXPECT_EQ(
        sql_failure("cannot add w", SqlError{"XX000", "failure on connection marked as essential",
                                             "permission denied", "42501"})
            .message,
        "cannot add w: failure on connection marked as essential (SQLSTATE XX000); before it: "
        "permission denied (SQLSTATE 42501)");
}

TEST(BackoffDelay, DoublesUpToHalfAMinuteAndJitters) {
    const int expected[] = {1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000};
    for (int failures = 0; failures < 7; ++failures) {
        EXPECT_EQ(backoff_delay(failures, 0).count(), expected[failures]);
        EXPECT_LT(backoff_delay(failures, 0.999).count(), expected[failures] * 12 / 10);
    }
    EXPECT_EQ(backoff_delay(2'000'000'000, 0).count(), 30'000);
}

TEST(ConflictDelay, IsShortAndVaries) {
    EXPECT_EQ(conflict_delay(0).count(), 100);
    EXPECT_LT(conflict_delay(0.999).count(), 1'000);
}

}  // namespace
}  // namespace citus_init::citus
