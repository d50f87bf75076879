#include "citus_init/ha/patroni/exit_diagnosis.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace citus_init::patroni {
namespace {

using lifecycle::ExitCause;

TEST(PatroniLogLine, IsDistinguishedFromPostgresqlsByItsComma) {
    const auto line = parse_log_line("2026-11-22 14:00:00,123 WARNING: a: b");
    ASSERT_TRUE(line);
    EXPECT_EQ(line->time, "2026-11-22 14:00:00,123");
    EXPECT_EQ(line->level, "WARNING");
    EXPECT_EQ(line->text, "a: b");
    EXPECT_FALSE(parse_log_line("2026-11-22 14:00:00.123 UTC [7] ERROR:  no"));
    EXPECT_FALSE(parse_log_line("2026-11-22 14:00:00,123 no level: b"));
    EXPECT_FALSE(parse_log_line("2026-11-22 14:00:00,123 "));
    EXPECT_FALSE(parse_log_line(""));
}

TEST(PatroniFailure, IsAMessageAtErrorOrAboveOrTheEndOfATraceback) {
    EXPECT_EQ(failure_in("2026-11-22 14:00:00,123 ERROR: post_bootstrap"), "post_bootstrap");
    EXPECT_EQ(failure_in("2026-11-22 14:00:00,123 CRITICAL: system ID mismatch, node c"),
              "system ID mismatch, node c");
    EXPECT_EQ(failure_in("psycopg2.errors.DuplicateDatabase: database \"citus\" exists"),
              "psycopg2.errors.DuplicateDatabase: database \"citus\" exists");
    EXPECT_EQ(failure_in("2026-11-22 14:00:00,123 INFO: no action"), std::nullopt);
    EXPECT_EQ(failure_in("2026-11-22 14:00:00.123 UTC [7] FATAL:  no"), std::nullopt);
    EXPECT_EQ(failure_in("  File \"/usr/lib/python3/patroni/ha.py\", line 1: x"), std::nullopt);
    EXPECT_EQ(failure_in("citus.node_conninfo: x"), std::nullopt);
}

TEST(PatroniFailure, IsFoundInAnyBytes) {
    rc::check([](const std::string& text) {
        static_cast<void>(failure_in(text));
        static_cast<void>(failure_in("2026-11-22 14:00:00,123 " + text));
        static_cast<void>(exit_cause_of(text));
    });
}

TEST(PatroniExitCause, KnowsWhatIsFinal) {
    EXPECT_EQ(exit_cause_of(""), ExitCause::none);
    EXPECT_EQ(exit_cause_of("system ID mismatch, node c belongs to a different cluster: 1 != 2"),
              ExitCause::other_cluster);
    EXPECT_EQ(exit_cause_of("Can't start; there is already a node named 'c' running"),
              ExitCause::same_name);
    EXPECT_EQ(exit_cause_of("post_bootstrap"), ExitCause::other);
}

}  // namespace
}  // namespace citus_init::patroni
