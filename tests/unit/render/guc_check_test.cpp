#include "citus_init/render/guc_check.h"

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

TEST(GucCheck, PassesWhatCitusInitSetsItself) {
    for (const bool citus : {false, true}) {
        StackFixture node;
        node.settings.citus.enable = citus;
        const auto findings = check_gucs(node.stack(), {15, knows_new_name});
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
    const auto findings = check_gucs(node.stack(), {15, knows_new_name});
    EXPECT_EQ(
        texts(findings.problems),
        (std::vector<std::string>{
            "CITUS_GUC_X: \"0\" is out of range for citus.shard_count. Use a number from 1 to "
            "64000.",
            "CITUS_GUC_X: citus.shard_cout is not a setting. Did you mean citus.shard_count?",
            "CITUS_GUC_X: \"physical\" is not a value of wal_level. Use one of: minimal, "
            "replica, logical."}));
    EXPECT_EQ(texts(findings.doubts),
              std::vector<std::string>{
                  "CITUS_GUC_X: work_memm is not a setting. Did you mean work_mem?"});
}

TEST(GucCheck, LeavesOtherVersionsToTheServer) {
    StackFixture node;
    node.environment_guc("log_connections", "receipt");  // a list from PostgreSQL 18 on
    node.environment_guc("io_method", "worker");
    node.environment_guc("old_snapshot_threshold", "-1");
    EXPECT_EQ(check_gucs(node.stack(), {15, nullptr}).problems.size(), 1u);
    EXPECT_EQ(texts(check_gucs(node.stack(), {15, nullptr}).doubts),
              std::vector<std::string>{
                  "CITUS_GUC_X: io_method is not a setting of PostgreSQL 15. Remove it."});
    EXPECT_EQ(check_gucs(node.stack(), {18, nullptr}).problems.size(), 0u);
    EXPECT_EQ(check_gucs(node.stack(), {18, nullptr}).doubts.size(), 2u);
}

TEST(GucCheck, IsNotCertainOfCitusNamesWithoutTheLibrary) {
    StackFixture node;
    node.environment_guc("citus.brand_new", "x");
    EXPECT_EQ(check_gucs(node.stack(), {15, nullptr}).doubts.size(), 1u);
    node.files.add_file("/citus.so", std::string("\0citus.brand_new\0", 17));
    EXPECT_TRUE(
        check_gucs(node.stack(), {15, names_in_library(node.files, "/citus.so")}).problems.empty());
    EXPECT_TRUE(
        check_gucs(node.stack(), {15, names_in_library(node.files, "/none")}).problems.empty());
    node.files.add_file("/citus.so", std::string("\0citus.brand_newer\0", 19));
    EXPECT_EQ(
        check_gucs(node.stack(), {15, names_in_library(node.files, "/citus.so")}).problems.size(),
        1u);
}

}  // namespace
}  // namespace citus_init::render
