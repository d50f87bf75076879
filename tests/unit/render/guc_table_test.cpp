#include "citus_init/render/guc_table.h"

#include <array>

#include <gtest/gtest.h>

#include "citus_init/base/text.h"

#include "render/guc_table_data.h"

namespace citus_init::render {
namespace {

// The versions that the table tells apart, of PostgreSQL and of Citus.
constexpr std::array kMajors{13, 14, 15, 16, 17, 18};
constexpr std::array kCitus{1103, 1201, 1302, 1400};

// A line of the table: a name, and the versions that it holds for.
struct TableLine {
    std::vector<std::string> fields;
    bool of_citus = false;
    int first = 0;
    int last = 0;

    ServerVersions versions(int version) const {
        return of_citus ? ServerVersions{0, version} : ServerVersions{version, 0};
    }
};

std::vector<TableLine> lines() {
    std::vector<TableLine> result;
    for (const std::string& text : split(trim(kGucTable), '\n')) {
        auto fields = split(text, '|');
        EXPECT_EQ(fields.size(), 12u) << text;
        const bool of_citus = fields[0].starts_with("citus.") || fields[0].starts_with("columnar.");
        const int first = std::stoi(fields.at(1));
        const int last = std::stoi(fields.at(2));
        result.push_back({std::move(fields), of_citus,
                          first != 0 ? first
                          : of_citus ? kOldestTableCitus
                                     : kOldestTableMajor,
                          last != 0  ? last
                          : of_citus ? kNewestTableCitus
                                     : kNewestTableMajor});
    }
    return result;
}

void expect_found(const TableLine& line, int version) {
    if (version < line.first || version > line.last) {
        return;
    }
    const auto facts = find_guc(to_upper(line.fields[0]), line.versions(version));
    ASSERT_TRUE(facts) << line.fields[0] << " of " << version;
    EXPECT_EQ(facts->name, line.fields[0]);
    EXPECT_EQ(facts->unit, line.fields[4]) << line.fields[0] << " of " << version;
    EXPECT_EQ(facts->built_in, line.fields[10]) << line.fields[0] << " of " << version;
}

TEST(GucTable, FindsEveryLineForItsVersions) {
    for (const TableLine& line : lines()) {
        for (const int version : kMajors) {
            expect_found(line, version);
        }
        for (const int version : kCitus) {
            expect_found(line, version);
        }
    }
}

TEST(GucTable, IsSortedByNameAndVersion) {
    std::pair<std::string, int> previous;
    for (const TableLine& line : lines()) {
        EXPECT_LE(line.first, line.last) << line.fields[0];
        const std::pair here(to_lower(line.fields[0]), line.first);
        EXPECT_LT(previous, here) << line.fields[0];
        previous = {here.first, line.last};
    }
}

TEST(GucTable, FindsNothingElse) {
    for (const char* name : {"", "a", "work_me", "work_memm", "zzz", "citus.", "citus.shard"}) {
        EXPECT_FALSE(find_guc(name, {0})) << name;
        EXPECT_FALSE(is_guc(name)) << name;
    }
}

TEST(GucTable, KnowsWhatEachVersionSays) {
    EXPECT_EQ(find_guc("password_encryption", {13})->built_in, "md5");
    EXPECT_EQ(find_guc("password_encryption", {14})->built_in, "scram-sha-256");
    EXPECT_EQ(find_guc("wal_compression", {14})->type, GucType::boolean);
    EXPECT_EQ(find_guc("wal_compression", {15})->type, GucType::enumeration);
    EXPECT_EQ(find_guc("log_connections", {17})->type, GucType::boolean);
    EXPECT_EQ(find_guc("log_connections", {18})->type, GucType::string);
    EXPECT_FALSE(find_guc("io_method", {17}));
    EXPECT_EQ(find_guc("io_method", {18})->words, "sync,io_uring,worker");
    EXPECT_TRUE(find_guc("force_parallel_mode", {15}));
    EXPECT_FALSE(find_guc("force_parallel_mode", {16}));
    EXPECT_FALSE(find_guc("allow_alter_system", {16}));
    for (int major = kOldestTableMajor; major <= kNewestTableMajor; ++major) {
        EXPECT_TRUE(find_guc("extension_destdir", {major}));  // a patch of the packages
    }
}

TEST(GucTable, KnowsWhatEachCitusSays) {
    for (const int citus : kCitus) {
        EXPECT_TRUE(find_guc("citus.shard_count", {0, citus})) << citus;
    }
    EXPECT_FALSE(find_guc("citus.enable_stat_counters", {17, 1201}));
    EXPECT_TRUE(find_guc("citus.enable_stat_counters", {17, 1302}));
    EXPECT_TRUE(find_guc("citus.enable_stat_counters", {17, 0}));     // not known: the newest
    EXPECT_TRUE(find_guc("citus.enable_stat_counters", {17, 1500}));  // newer than the table
    EXPECT_TRUE(knows_version("citus.enable_stat_counters", {42, 1302}));
    EXPECT_FALSE(knows_version("citus.enable_stat_counters", {15, 1500}));
    EXPECT_FALSE(knows_version("work_mem", {42, 1302}));
    // Its bound is max_connections, which a table cannot know.
    EXPECT_EQ(find_guc("citus.max_client_connections", {15, 1302})->most, "262143");
}

TEST(GucTable, CountsAnUnknownVersionAsTheNewest) {
    EXPECT_EQ(find_guc("log_connections", {0})->type, GucType::string);
    EXPECT_EQ(find_guc("log_connections", {42})->type, GucType::string);
    EXPECT_TRUE(find_guc("force_parallel_mode", {0}));  // some version has it
    EXPECT_FALSE(find_guc("force_parallel_mode", {42}));
    EXPECT_EQ(find_guc("password_encryption", {9})->built_in, "md5");
}

struct Missing {
    const char* name;
    ServerVersions versions;
    const char* reason;
    const char* fix;
};

TEST(GucTable, ReportsWhereAMissingNameIs) {
    for (const auto& [name, versions, reason, fix] :
         {Missing{"work_memm", {15}, "work_memm is not a setting", "Did you mean work_mem?"},
          Missing{"citus.shard_cout",
                  {15},
                  "citus.shard_cout is not a setting",
                  "Did you mean citus.shard_count?"},
          Missing{"TimeZon", {15}, "TimeZon is not a setting", "Did you mean timezone?"},
          Missing{"something_else_altogether",
                  {15},
                  "something_else_altogether is not a setting",
                  "Correct its name, or remove it"},
          // Not one that this version does not have either.
          Missing{
              "io_methods", {15}, "io_methods is not a setting", "Correct its name, or remove it"},
          Missing{"io_methods", {18}, "io_methods is not a setting", "Did you mean io_method?"},
          Missing{"io_method",
                  {15},
                  "io_method is not a setting of PostgreSQL 15: it came with 18",
                  "Remove it"},
          Missing{"old_snapshot_threshold",
                  {18},
                  "old_snapshot_threshold is not a setting of PostgreSQL 18: 16 was the last that "
                  "had it",
                  "Remove it"},
          Missing{"citus.enable_stat_counters",
                  {17, 1201},
                  "citus.enable_stat_counters is not a setting of Citus 12.1: it came with 13.2",
                  "Remove it"},
          Missing{"force_parallel_mode",
                  {16},
                  "force_parallel_mode is not a setting of PostgreSQL 16: 15 was the last that "
                  "had it",
                  "Set debug_parallel_query instead"}}) {
        const GucComplaint complaint = missing_guc(name, versions);
        EXPECT_EQ(complaint.reason, reason);
        EXPECT_EQ(complaint.fix, fix);
    }
}

TEST(GucTable, ReportsDefaultsAsOneWritesThem) {
    EXPECT_EQ(built_in_text(*find_guc("shared_buffers", {15})), "128MB");
    EXPECT_EQ(built_in_text(*find_guc("work_mem", {15})), "4MB");
    EXPECT_EQ(built_in_text(*find_guc("checkpoint_timeout", {15})), "300s");
    EXPECT_EQ(built_in_text(*find_guc("port", {15})), "5432");
    EXPECT_EQ(built_in_text(*find_guc("autovacuum_work_mem", {15})), "-1");
}

TEST(GucTable, CoversEveryBuiltInDefault) {
    for (const TableLine& line : lines()) {
        const auto facts = find_guc(line.fields[0], line.versions(line.last));
        ASSERT_TRUE(facts);
        if (facts->context == "internal" || facts->built_in.empty()) {
            continue;  // set by the build, not by a value that one could write
        }
        const auto bad = check_guc_value(*facts, std::string(facts->built_in));
        EXPECT_FALSE(bad) << line.fields[0] << ": " << bad->reason;
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
    const auto facts = find_guc(GetParam().name, {15});
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

// By parse_bool_with_len() of PostgreSQL's bool.c.
TEST(GucBoolean, IsReadAsPostgresqlReadsIt) {
    const std::vector<std::pair<std::optional<bool>, std::vector<const char*>>> table{
        {true, {"on", "ON", "1", "t", "T", "tr", "tru", "true", "True", "y", "ye", "yes"}},
        {false, {"of", "off", "Off", "0", "f", "fa", "fals", "false", "n", "no", "NO"}},
        {std::nullopt,
         {"", "o", "O", "onn", "offf", "truee", "yess", "nope", "2", "10", "00", "-1", " on", "on ",
          "try", "always"}}};
    for (const auto& [value, texts] : table) {
        for (const char* text : texts) {
            EXPECT_EQ(parse_guc_boolean(text), value) << text;
            EXPECT_EQ(!check_guc_value(*find_guc("fsync", {15}), text), value.has_value()) << text;
        }
    }
}

TEST(GucValueText, NamesWhatIsAllowed) {
    EXPECT_EQ(check_guc_value(*find_guc("wal_level", {15}), "physical")->fix,
              "Use one of: minimal, replica, logical");
    EXPECT_EQ(
        check_guc_value(*find_guc("work_mem", {15}), "8Q")->fix,
        "Use a number from 64 to 2147483647 (times kB), or one with a unit: B, kB, MB, GB, TB");
    EXPECT_EQ(check_guc_value(*find_guc("port", {15}), "0")->fix, "Use a number from 1 to 65535");
}

}  // namespace
}  // namespace citus_init::render
