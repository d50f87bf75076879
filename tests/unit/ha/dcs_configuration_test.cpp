#include "citus_init/ha/patroni/dcs_configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/ha/answers.h"

namespace citus_init::patroni {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// As yaml_text() writes it.
constexpr const char* kOurs = R"("restapi": {"password": "x"}
"bootstrap":
  "dcs":
    "ttl": 20
    "synchronous_mode": true
    "failsafe_mode": true
    "postgresql":
      "parameters":
        "max_connections": 200
        "wal_level": "logical"
        "wal_log_hints": "on"
)";

TEST(DcsConfiguration, IsTheSameInOtherWords) {
    for (const char* version : {"3.0.2", "4.1.4"}) {
        std::string ours = kOurs;
        ours.replace(ours.find("200"), 3, "100");
        const auto differences =
            compare_dcs_configuration(ours, answer_text(version + std::string(".config")));
        ASSERT_TRUE(differences);
        EXPECT_THAT(*differences, IsEmpty());
    }
    const auto same = compare_dcs_configuration(
        R"("bootstrap": {"dcs": {"failsafe_mode": "on", "ttl": 7, "loop_wait": "7"}})",
        R"({"failsafe_mode":true,"ttl":"7","loop_wait":7})");
    EXPECT_THAT(*same, IsEmpty());
}

TEST(DcsConfiguration, ReportsWhatDiffersAndWhatIsMissing) {
    const auto differences = compare_dcs_configuration(
        kOurs, R"({"ttl":30,"synchronous_mode":"quorum","failsafe_mode":true,"mine":1,
                   "postgresql":{"parameters":{"max_connections":100,"wal_level":"logical"}}})");
    ASSERT_TRUE(differences);
    std::vector<std::string> texts;
    for (const auto& difference : *differences) {
        texts.push_back(difference.text());
    }
    EXPECT_THAT(texts,
                ElementsAre("ttl is 30, here 20", "synchronous_mode is \"quorum\", here true",
                            "postgresql.parameters.max_connections is 100, here 200",
                            "postgresql.parameters.wal_log_hints is not set, here \"on\""));
    EXPECT_EQ(dcs_patch(*differences),
              R"({"postgresql":{"parameters":{"max_connections":200,"wal_log_hints":"on"}},)"
              R"("synchronous_mode":true,"ttl":20})");
}

// A second site whose operator has promoted it: `edit-config` without standby_cluster.
TEST(DcsConfiguration, LeavesWhatNoSettingStandsFor) {
    const auto differences = compare_dcs_configuration(
        R"("bootstrap":
  "dcs":
    "ttl": 20
    "maximum_lag_on_failover": 1048576
    "standby_cluster": {"host": "site1.example.com", "port": 5432}
    "slots": {"orders": {"type": "physical"}}
    "postgresql": {"use_pg_rewind": true, "use_slots": true}
)",
        R"({"ttl":20,"maximum_lag_on_failover":33554432,"postgresql":{"use_slots":false}})");
    ASSERT_TRUE(differences);
    EXPECT_THAT(*differences, IsEmpty());
}

TEST(DcsConfiguration, RefusesWhatCannotBeRead) {
    EXPECT_FALSE(compare_dcs_configuration(kOurs, ""));
    EXPECT_FALSE(compare_dcs_configuration("\"password\": \"secret\" x", "{}"));
    EXPECT_FALSE(compare_dcs_configuration("7", "{}"));
    EXPECT_THAT(*compare_dcs_configuration("\"bootstrap\": {}", "{}"), IsEmpty());
}

}  // namespace
}  // namespace citus_init::patroni
