#include "citus_init/render/guc_table.h"

#include <gtest/gtest.h>

#include "citus_init/base/text.h"

#include "render/guc_table_data.h"

namespace citus_init::render {
namespace {

TEST(GucTable, FindsEveryNameThatItHolds) {
    std::string previous;
    for (const std::string& line : split(trim(kGucTable), '\n')) {
        const auto fields = split(line, '|');
        ASSERT_EQ(fields.size(), 11u) << line;
        const auto facts = find_guc(to_upper(fields[0]));
        ASSERT_TRUE(facts) << fields[0];
        EXPECT_EQ(facts->name, fields[0]);
        EXPECT_LT(previous, to_lower(fields[0]));
        previous = to_lower(fields[0]);
    }
}

TEST(GucTable, FindsNothingElse) {
    for (const char* name : {"", "a", "work_me", "work_memm", "zzz", "citus.", "citus.shard"}) {
        EXPECT_FALSE(find_guc(name)) << name;
    }
}

TEST(GucTable, SuggestsTheNearestName) {
    EXPECT_EQ(nearest_guc("work_memm"), "work_mem");
    EXPECT_EQ(nearest_guc("citus.shard_cout"), "citus.shard_count");
    EXPECT_EQ(nearest_guc("TimeZon"), "timezone");
    EXPECT_EQ(nearest_guc("something_else_altogether"), std::nullopt);
}

TEST(GucTable, TellsDefaultsAsOneWritesThem) {
    EXPECT_EQ(built_in_text(*find_guc("shared_buffers")), "128MB");
    EXPECT_EQ(built_in_text(*find_guc("work_mem")), "4MB");
    EXPECT_EQ(built_in_text(*find_guc("checkpoint_timeout")), "300s");
    EXPECT_EQ(built_in_text(*find_guc("port")), "5432");
    EXPECT_EQ(built_in_text(*find_guc("autovacuum_work_mem")), "-1");
}

TEST(GucTable, CoversEveryBuiltInDefault) {
    for (const std::string& line : split(trim(kGucTable), '\n')) {
        const auto facts = find_guc(split(line, '|')[0]);
        ASSERT_TRUE(facts);
        if (facts->context == "internal" || facts->built_in.empty()) {
            continue;  // set by the build, not by a value that one could write
        }
        const auto bad = check_guc_value(*facts, std::string(facts->built_in));
        EXPECT_FALSE(bad) << line << ": " << bad->reason;
    }
}

struct Value {
    const char* name;
    const char* value;
    bool good;
};

class GucValue : public ::testing::TestWithParam<Value> {};

// Each line was put to ALTER SYSTEM of PostgreSQL 15 with Citus 13.2.
TEST_P(GucValue, IsJudgedAsPostgresqlJudgesIt) {
    const auto facts = find_guc(GetParam().name);
    ASSERT_TRUE(facts);
    const auto bad = check_guc_value(*facts, GetParam().value);
    EXPECT_EQ(!bad, GetParam().good) << GetParam().name << " = " << GetParam().value;
}

INSTANTIATE_TEST_SUITE_P(
    Postgresql15, GucValue,
    ::testing::Values(
        Value{"fsync", "on", true}, Value{"fsync", "TRU", true}, Value{"fsync", "of", true},
        Value{"fsync", "o", false}, Value{"fsync", "2", false}, Value{"fsync", "", false},
        Value{"fsync", " on", false}, Value{"work_mem", "64kB", true},
        Value{"work_mem", "8MB", true}, Value{"work_mem", "1.5GB", true},
        Value{"work_mem", " 8 MB ", true}, Value{"work_mem", "0x100", true},
        Value{"work_mem", "0100", true}, Value{"work_mem", "1e3", true},
        Value{"work_mem", "65536B", true}, Value{"work_mem", "8mb", false},
        Value{"work_mem", "8Q", false}, Value{"work_mem", "8 M B", false},
        Value{"work_mem", "63kB", false}, Value{"work_mem", "2TB", false},
        Value{"work_mem", "63.6", true}, Value{"work_mem", "nan", false},
        Value{"work_mem", "", false}, Value{"shared_buffers", "1GB", true},
        Value{"shared_buffers", "100kB", false}, Value{"shared_buffers", "1 8kB", false},
        Value{"max_connections", "100", true}, Value{"max_connections", "100MB", false},
        Value{"max_connections", "0", false}, Value{"max_connections", "1.4", true},
        Value{"port", "65536", false}, Value{"checkpoint_timeout", "5min", true},
        Value{"checkpoint_timeout", "1h", true}, Value{"checkpoint_timeout", "2d", false},
        Value{"checkpoint_timeout", "5m", false}, Value{"random_page_cost", "1.1", true},
        Value{"random_page_cost", "-1", false},
        Value{"autovacuum_vacuum_cost_delay", "500us", true},
        Value{"autovacuum_vacuum_cost_delay", "1s", false}, Value{"wal_level", "Logical", true},
        Value{"wal_level", "hot_standby", true}, Value{"wal_level", "physical", false},
        Value{"synchronous_commit", "yes", true}, Value{"ssl_max_protocol_version", "", true},
        Value{"citus.shard_count", "0", false}, Value{"citus.shard_count", "64000", true},
        Value{"citus.shard_count", "64001", false},
        Value{"citus.task_assignment_policy", "bogus", false},
        Value{"citus.task_assignment_policy", "round-robin", true},
        Value{"citus.multi_task_query_log_level", "info", true}));

TEST(GucValueText, NamesWhatIsAllowed) {
    EXPECT_EQ(check_guc_value(*find_guc("wal_level"), "physical")->fix,
              "Use one of: minimal, replica, logical");
    EXPECT_EQ(
        check_guc_value(*find_guc("work_mem"), "8Q")->fix,
        "Use a number from 64 to 2147483647 (times kB), or one with a unit: B, kB, MB, GB, TB");
    EXPECT_EQ(check_guc_value(*find_guc("port"), "0")->fix, "Use a number from 1 to 65535");
}

}  // namespace
}  // namespace citus_init::render
