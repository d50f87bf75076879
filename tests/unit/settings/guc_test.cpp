#include "settings/guc.h"

#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(GucName, ComesFromTheVariablesName) {
    EXPECT_EQ(guc_name_of("WORK_MEM"), "work_mem");
    EXPECT_EQ(guc_name_of("CITUS__SHARD_COUNT"), "citus.shard_count");
    EXPECT_EQ(guc_name_of("TimeZone"), "timezone");
    EXPECT_EQ(guc_name_of("A__B__C"), "a.b.c");
    EXPECT_EQ(guc_name_of("A___B"), "a._b");
    for (const auto* name : {"", "__A", "A__", "1A", "A-B", "A B", "A____B", "A=B", "A'B"}) {
        EXPECT_FALSE(guc_name_of(name)) << name;
    }
}

TEST(Gucs, KeepTheirSource) {
    const auto loaded = load_yaml("postgresql:\n  work_mem: 1MB\n  Citus.Shard_Count: 8\n",
                                  {{"CITUS_GUC_WORK_MEM", "2MB"}});
    const auto& conf = loaded.settings.postgresql_conf;
    EXPECT_THAT(conf.environment,
                ElementsAre(Pair("work_mem", Sourced{"2MB", "CITUS_GUC_WORK_MEM"})));
    EXPECT_THAT(
        conf.yaml,
        ElementsAre(
            Pair("citus.shard_count",
                 Sourced{"8",
                         "postgresql.Citus.Shard_Count in /etc/citus-init/citus-init.yaml, line 3",
                         Source::yaml}),
            Pair("work_mem",
                 Sourced{"1MB", "postgresql.work_mem in /etc/citus-init/citus-init.yaml, line 2",
                         Source::yaml})));
}

TEST(Gucs, ThatNoCitusEverHadAreMappedWithAWarning) {
    const auto loaded = load({{"CITUS_GUC_CITUS__MAX_WORKER_PROCESSES", "12"},
                              {"CITUS_GUC_CITUS__DISTRIBUTED_EXECUTOR", "Task-Tracker"}});
    EXPECT_THAT(loaded.settings.postgresql_conf.environment,
                ElementsAre(Pair("citus.task_executor_type",
                                 Sourced{"adaptive", "CITUS_GUC_CITUS__DISTRIBUTED_EXECUTOR"}),
                            Pair("max_worker_processes",
                                 Sourced{"12", "CITUS_GUC_CITUS__MAX_WORKER_PROCESSES"})));
    EXPECT_THAT(
        loaded.warnings,
        ElementsAre(
            "CITUS_GUC_CITUS__DISTRIBUTED_EXECUTOR: the setting citus.distributed_executor is in "
            "no version of Citus; it is taken as citus.task_executor_type. Set "
            "citus.task_executor_type or CITUS_DISTRIBUTED_EXECUTOR instead.",
            "CITUS_GUC_CITUS__DISTRIBUTED_EXECUTOR: \"Task-Tracker\" names an executor that is "
            "gone from Citus; citus.task_executor_type is set to adaptive. Set it to adaptive, or "
            "leave it away.",
            "CITUS_GUC_CITUS__MAX_WORKER_PROCESSES: the setting citus.max_worker_processes is in "
            "no version of Citus; it is taken as max_worker_processes. Set max_worker_processes "
            "or CITUS_MAX_WORKER_PROCESSES instead."));
}

TEST(Gucs, ThatNoCitusEverHadAreMappedInYamlToo) {
    const auto loaded = load_yaml(
        "postgresql:\n  citus.max_worker_processes: 12\n  citus.distributed_executor: real-time\n");
    const auto& yaml = loaded.settings.postgresql_conf.yaml;
    ASSERT_EQ(yaml.size(), 2U);
    EXPECT_EQ(yaml.at("max_worker_processes").text, "12");
    EXPECT_EQ(yaml.at("citus.task_executor_type").text, "adaptive");
    EXPECT_THAT(loaded.warnings,
                testing::Contains(HasSubstr("postgresql.citus.max_worker_processes in "
                                            "/etc/citus-init/citus-init.yaml, line 2: ")));
}

TEST(Gucs, ThatNoCitusEverHadAreMappedInTheBlock) {
    const auto loaded = load({{"CITUS_POSTGRESQL_CONF",
                               "# citus.max_worker_processes = 1\n"
                               "  citus.max_worker_processes = 12  # mine\n"
                               "Citus.Distributed_Executor 'task-tracker' # old\n"
                               "citus.task_executor_type=real-time\n"
                               "citus.max_worker_processes_x = 1\n"
                               "my.note = 'citus.max_worker_processes = 3'\n"}});
    EXPECT_EQ(loaded.settings.postgresql_conf.block,
              "# citus.max_worker_processes = 1\n"
              "  max_worker_processes = 12  # mine\n"
              "citus.task_executor_type = 'adaptive'\n"
              "citus.task_executor_type = 'adaptive'\n"
              "citus.max_worker_processes_x = 1\n"
              "my.note = 'citus.max_worker_processes = 3'\n");
    EXPECT_THAT(loaded.warnings, ElementsAre(HasSubstr("CITUS_POSTGRESQL_CONF line 2: "),
                                             HasSubstr("CITUS_POSTGRESQL_CONF line 3: "),
                                             HasSubstr("CITUS_POSTGRESQL_CONF line 3: "),
                                             HasSubstr("CITUS_POSTGRESQL_CONF line 4: ")));
}

TEST(Gucs, AcceptTheOldExecutorsWithAWarning) {
    for (const auto* executor : {"task-tracker", "real-time", "Real-Time"}) {
        const auto loaded = load({{"CITUS_DISTRIBUTED_EXECUTOR", executor}});
        EXPECT_EQ(loaded.settings.postgresql_conf.environment.at("citus.task_executor_type").text,
                  "adaptive");
        EXPECT_THAT(loaded.warnings, ElementsAre(HasSubstr("citus.task_executor_type")));
    }
    EXPECT_THAT(
        load({{"CITUS_DISTRIBUTED_EXECUTOR", "router"}}).problems,
        ElementsAre("CITUS_DISTRIBUTED_EXECUTOR: \"router\" is not an allowed value. Set it "
                    "to adaptive, task-tracker or real-time."));
}

TEST(Gucs, MayNotDifferWithinOneSource) {
    const auto refused =
        load({{"CITUS_MAX_WORKER_PROCESSES", "8"}, {"CITUS_GUC_MAX_WORKER_PROCESSES", "9"}});
    EXPECT_THAT(refused.problems,
                ElementsAre("CITUS_MAX_WORKER_PROCESSES: sets max_worker_processes, which "
                            "CITUS_GUC_MAX_WORKER_PROCESSES sets to another value. Keep one of "
                            "them."));
    EXPECT_THAT(load({{"CITUS_MAX_WORKER_PROCESSES", "8"}, {"CITUS_GUC_MAX_WORKER_PROCESSES", "8"}})
                    .problems,
                IsEmpty());
    const auto two =
        load_yaml("citus:\n  max_worker_processes: 4\n", {{"CITUS_GUC_MAX_WORKER_PROCESSES", "9"}});
    EXPECT_THAT(two.problems, IsEmpty());
    EXPECT_EQ(two.settings.postgresql_conf.yaml.at("max_worker_processes").text, "4");
    EXPECT_EQ(two.settings.postgresql_conf.environment.at("max_worker_processes").text, "9");
}

// A primary_conninfo holds a password.
TEST(Gucs, AreNeverQuoted) {
    const auto refused =
        load({{"CITUS_GUC_PRIMARY_CONNINFO", "hush-hush"}, {"CITUS_GUC_primary_conninfo", "shh"}});
    ASSERT_EQ(refused.problems.size(), 1U);
    EXPECT_THAT(refused.problems[0], testing::Not(HasSubstr("hush")));
    EXPECT_THAT(refused.problems[0], testing::Not(HasSubstr("shh")));
}

}  // namespace
}  // namespace citus_init::settings
