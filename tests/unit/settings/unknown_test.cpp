#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(UnknownNames, AreWarnedOfWithTheNearestName) {
    const auto loaded = load({{"CITUS_ROEL", "hush"},
                              {"CITUS_WORKER", "hush"},
                              {"CITUS_ROEL_FILE", "hush"},
                              {"CITUS_SOMETHING_ELSE", "hush"}});
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings,
                ElementsAre("CITUS_ROEL: is not a variable of citus-init. Did you mean CITUS_ROLE?",
                            "CITUS_ROEL_FILE: is not a variable of citus-init. Did you mean "
                            "CITUS_ROLE_FILE?",
                            "CITUS_SOMETHING_ELSE: is not a variable of citus-init. Remove it; a "
                            "setting of PostgreSQL or Citus is given as CITUS_GUC_<NAME>.",
                            "CITUS_WORKER: is not a variable of citus-init. Did you mean "
                            "CITUS_WORKERS?"));
}

// What is not there yet is no mistyped name of something else.
TEST(UnknownNames, OfLaterVersionsGetNoMisleadingSuggestion) {
    for (const char* name : {"CITUS_METRICS", "CITUS_METRICS_FILE"}) {
        EXPECT_THAT(
            load({{name, "on"}}).warnings,
            ElementsAre(testing::AllOf(HasSubstr(name), testing::Not(HasSubstr("Did you mean")))));
    }
}

TEST(UnknownNames, AreProblemsUnderStrict) {
    EXPECT_THAT(load({{"CITUS_ROEL", "worker"}, {"CITUS_STRICT", "true"}}).problems,
                ElementsAre(HasSubstr("CITUS_ROEL: is not a variable")));
    EXPECT_THAT(load_yaml("supervisor: {strict: on}", {{"CITUS_ROEL", "worker"}}).problems,
                ElementsAre(HasSubstr("CITUS_ROEL: is not a variable")));
}

TEST(UnknownNames, AreWarnedOfBesideProblems) {
    const auto refused = load({{"CITUS_ROLE", "master"},
                               {"CITUS_SHARDS", "32"},
                               {"POSTGRESQL_DATABASE", "shop"},
                               {"POSTGRES_PASSWORD", "pw\r"}});
    EXPECT_THAT(refused.problems, ElementsAre(HasSubstr("CITUS_ROLE")));
    EXPECT_THAT(refused.warnings,
                ElementsAre(HasSubstr("CITUS_SHARDS"), HasSubstr("POSTGRESQL_DATABASE"),
                            HasSubstr("POSTGRES_PASSWORD")));
}

TEST(UnknownNames, OfImagesAndKubernetesAreLeftInPeace) {
    EXPECT_THAT(load({{"CITUS_STRICT", "1"},
                      {"CITUS_VERSION", "13.2.0.citus-1"},
                      {"CITUS_SERVICE_HOST", "10.0.0.1"},
                      {"CITUS_SERVICE_PORT", "5432"},
                      {"CITUS_WORKER_SERVICE_PORT_POSTGRES", "5432"},
                      {"CITUS_PORT", "tcp://10.0.0.1:5432"},
                      {"CITUS_WORKER_PORT_5432_TCP", "tcp://10.0.0.1:5432"},
                      {"CITUS_WORKER_PORT_5432_TCP_ADDR", "10.0.0.1"},
                      {"POSTGRES_HOST", "db"},
                      {"POSTGRESQL_HOST", "db"},
                      {"PATH", "/bin"}})
                    .problems,
                IsEmpty());
    EXPECT_THAT(load({{"CITUS_STRICT", "1"}, {"CITUS_PORT", "5432"}}).problems,
                ElementsAre(HasSubstr("CITUS_PORT")));
}

TEST(UnknownNames, OfBitnamisImageGetAHint) {
    EXPECT_THAT(
        load({{"POSTGRESQL_PASSWORD", "hush"}, {"POSTGRESQL_DATABASE_FILE", "/x"}}).warnings,
        ElementsAre("POSTGRESQL_DATABASE: is a variable of Bitnami's image and has no effect here. "
                    "Set POSTGRES_DB instead.",
                    "POSTGRESQL_PASSWORD: is a variable of Bitnami's image and has no effect here. "
                    "Set POSTGRES_PASSWORD instead."));
    EXPECT_THAT(load({{"POSTGRESQL_PASSWORD", "a"}, {"POSTGRES_PASSWORD", "a"}}).warnings,
                IsEmpty());
}

}  // namespace
}  // namespace citus_init::settings
