#include "citus_init/render/guc_check.h"

#include <gmock/gmock.h>

#include "stack_inputs.h"

namespace citus_init::render {
namespace {

std::vector<std::string> texts(const std::vector<settings::Problem>& problems) {
    std::vector<std::string> result;
    for (const auto& problem : problems) {
        result.push_back(problem.text());
    }
    return result;
}

bool knows_new_name(std::string_view name) {
    return name == "citus.brand_new";
}
bool knows_io_method(std::string_view name) {
    return name == "io_method";
}

TEST(GucCheck, PassesWhatCitusInitSetsItself) {
    for (const bool citus : {false, true}) {
        StackFixture node;
        node.settings.citus.enable = citus;
        const auto findings = check_gucs(node.stack(), {{15}, knows_io_method, knows_new_name});
        EXPECT_TRUE(findings.problems.empty());
        EXPECT_TRUE(findings.doubts.empty());
    }
}

TEST(GucCheck, NamesTheVariableAndTheRightSetting) {
    StackFixture node;
    node.environment_guc("work_memm", "4MB");
    node.environment_guc("wal_level", "physical");
    node.environment_guc("citus.shard_cout", "4");
    node.environment_guc("citus.shard_count", "0");
    node.environment_guc("citus.brand_new", "x");
    node.environment_guc("pg_stat_statements.max", "anything");
    const auto findings = check_gucs(node.stack(), {{15}, knows_io_method, knows_new_name});
    EXPECT_EQ(
        texts(findings.problems),
        (std::vector<std::string>{
            "CITUS_GUC_X: \"0\" is out of range for citus.shard_count. Use a number from 1 to "
            "64000.",
            "CITUS_GUC_X: citus.shard_cout is not a setting. Did you mean citus.shard_count?",
            "CITUS_GUC_X: \"physical\" is not a value of wal_level. Use one of: minimal, "
            "replica, logical.",
            "CITUS_GUC_X: work_memm is not a setting. Did you mean work_mem?"}));
    EXPECT_TRUE(findings.doubts.empty());
}

// What stands there is the whole option.
TEST(GucCheck, HidesAPasswordInItsPlaceOnTheCommandLine) {
    StackFixture node;
    node.words = {"-c", "primary_conninfo=host=w1 password=geheim sslmode=full-verify"};
    const auto findings = check_gucs(node.stack(), {{15}, knows_io_method, knows_new_name});
    ASSERT_EQ(findings.problems.size(), 1U);
    EXPECT_THAT(findings.problems[0].text(), ::testing::HasSubstr("-c primary_conninfo=host=w1"));
    EXPECT_THAT(findings.problems[0].text(), ::testing::Not(::testing::HasSubstr("geheim")));
}

TEST(GucCheck, RefusesAConnectionStringThatLibpqOrCitusRefuses) {
    struct Case {
        const char* name;
        const char* value;
        const char* problem;  // what it begins with; "" for none
    };
    for (const Case& each : std::initializer_list<Case>{
             {"citus.node_conninfo", "sslmode=require", ""},
             {"citus.node_conninfo", "", ""},
             {"citus.node_conninfo", "sslmode='verify-full' sslrootcert='/a b' keepalives=1", ""},
             {"citus.node_conninfo", "sslmode=requires",
              "has an sslmode that no client knows, \"requires\", in citus.node_conninfo. Use one "
              "of: disable, allow, prefer, require, verify-ca, verify-full."},
             {"citus.node_conninfo", "sslmode=REQUIRE", "has an sslmode that no client knows"},
             {"citus.node_conninfo", "connect_timeout=5s",
              "has a connect_timeout that is not a whole number, \"5s\", in"},
             {"citus.node_conninfo", "port=1", "has \"port\", which Citus does not take in"},
             {"citus.node_conninfo", "require", "is not a connection string for citus.node_"},
             {"citus.node_conninfo", "sslmode='require",
              "is not a connection string for citus.node_"},
             {"citus.node_conninfo", "postgresql://u:geheim@w1/?sslmode=require",
              "is not a connection string for citus.node_"},
             {"primary_conninfo", "postgresql://w1/?sslmode=requires", ""},
             {"primary_conninfo", "host=w1 user=u password=geheim sslmode=prefer", ""},
             {"primary_conninfo", "host=w1 password=geheim sslmode=full-verify",
              "has an sslmode that no client knows, \"full-verify\", in primary_conninfo"},
             {"cluster_name", "sslmode=requires", ""}}) {
        StackFixture node;
        node.environment_guc(each.name, each.value);
        const auto problems =
            texts(check_gucs(node.stack(), {{15}, knows_io_method, knows_new_name}).problems);
        if (std::string_view(each.problem).empty()) {
            EXPECT_THAT(problems, testing::IsEmpty()) << each.value;
        } else {
            ASSERT_THAT(problems, testing::SizeIs(1)) << each.value;
            EXPECT_THAT(problems[0], testing::HasSubstr(each.problem));
            EXPECT_THAT(problems[0], testing::Not(testing::HasSubstr("geheim")));
        }
    }
}

TEST(GucCheck, JudgesByTheVersionOfTheServer) {
    StackFixture node;
    node.environment_guc("log_connections", "receipt");  // a list from PostgreSQL 18 on
    node.environment_guc("io_method", "worker");
    node.environment_guc("old_snapshot_threshold", "-1");
    auto findings = check_gucs(node.stack(), {{18}, knows_io_method, nullptr});
    EXPECT_EQ(texts(findings.problems),
              std::vector<std::string>{"CITUS_GUC_X: old_snapshot_threshold is not a setting of "
                                       "PostgreSQL 18: 16 was the last that had it. Remove it."});
    EXPECT_TRUE(findings.doubts.empty());
    findings = check_gucs(node.stack(), {{15}, knows_io_method, nullptr});
    EXPECT_EQ(texts(findings.problems),
              std::vector<std::string>{"CITUS_GUC_X: \"receipt\" is not a boolean for "
                                       "log_connections. Use on or off."});
    EXPECT_TRUE(findings.doubts.empty());  // a minor release may have got io_method
}

TEST(GucCheck, OnlyDoubtsValuesOfAVersionThatTheTableDoesNotKnow) {
    StackFixture node;
    node.environment_guc("fsync", "sometimes");
    for (const int major : {0, 12, 19}) {
        const auto findings = check_gucs(node.stack(), {{major}, knows_io_method, nullptr});
        EXPECT_TRUE(findings.problems.empty()) << major;
        EXPECT_EQ(findings.doubts.size(), 1u) << major;
    }
}

TEST(GucCheck, OnlyDoubtsNamesWithoutTheProgram) {
    StackFixture node;
    node.environment_guc("citus.brand_new", "x");
    node.environment_guc("brand_new", "x");
    const auto findings = check_gucs(node.stack(), {{15}, nullptr, nullptr});
    EXPECT_TRUE(findings.problems.empty());
    EXPECT_EQ(findings.doubts.size(), 2u);
}

TEST(NamesInProgram, FindsAStringThatEndsWithTheName) {
    test::FakeFilesystem files;
    files.add_file("/program", std::string("\0report\0work_mem\0", 17));
    const auto knows = names_in_program(files, "/program");
    EXPECT_TRUE(knows("work_mem"));
    EXPECT_TRUE(knows("port"));
    EXPECT_FALSE(knows("work"));
    EXPECT_FALSE(knows("work_memm"));
    EXPECT_TRUE(names_in_program(files, "/none")("anything"));
}

}  // namespace
}  // namespace citus_init::render
