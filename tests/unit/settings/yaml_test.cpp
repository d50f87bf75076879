#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kFile = "/etc/citus-init/citus-init.yaml";

TEST(Yaml, GivesWhatTheEnvironmentDoesNot) {
    const auto loaded = load_yaml(
        "citus: {enable: yes, role: coordinator, workers: [a, 'b:5433'],\n"
        "        cluster_secret: a secret of this cluster}\n"
        "postgres:\n  password: pw\n  user: app\n"
        "supervisor:\n  stop_timeout: 5s\n  restart_limit: 3\n",
        {{"POSTGRES_USER", "other"}, {"CITUS_STOP_TIMEOUT", ""}});
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_TRUE(loaded.settings.citus.enable);
    EXPECT_THAT(loaded.settings.citus.workers,
                ElementsAre(HostPort{"a", 5432}, HostPort{"b", 5433}));
    EXPECT_EQ(loaded.settings.citus.cluster_secret, Secret("a secret of this cluster"));
    EXPECT_EQ(loaded.settings.postgres.password, Secret("pw"));
    EXPECT_EQ(loaded.settings.postgres.user, "other");
    EXPECT_EQ(loaded.settings.supervisor.stop_timeout.count(), 5000);
    EXPECT_EQ(loaded.settings.supervisor.restart_limit, 3);
}

TEST(Yaml, MayBeMissingEmptyOrAllComments) {
    EXPECT_THAT(load({}).problems, IsEmpty());
    for (const auto* text : {"", "# nothing\n", "---\n", "citus:\npostgres:\n  user:\n", "~"}) {
        EXPECT_THAT(load_yaml(text).problems, IsEmpty()) << text;
    }
}

TEST(Yaml, MustExistWhereItIsNamed) {
    EXPECT_THAT(load({{"CITUS_CONFIG_PATH", "/my.yaml"}}).problems,
                ElementsAre("CITUS_CONFIG_PATH: cannot open \"/my.yaml\": No such file or "
                            "directory. Name a YAML file that can be read, or leave the variable "
                            "away."));
    EXPECT_THAT(load({{"CITUS_CONFIG_PATH", "my.yaml"}}).problems,
                ElementsAre(HasSubstr("\"my.yaml\" is not an absolute path")));
    test::FakeFilesystem files;
    files.add_file("/my.yaml", "citus: {role: worker, enable: false}");
    EXPECT_EQ(load({{"CITUS_CONFIG_PATH", "/my.yaml"}}, files).settings.citus.role, Role::worker);
}

TEST(Yaml, ThatCannotBeReadIsAProblem) {
    test::FakeFilesystem files;
    files.add_file(kFile, "");
    files.fail_reading(kFile, EACCES);
    EXPECT_THAT(load({}, files).problems,
                ElementsAre(HasSubstr("citus-init.yaml\": Permission denied. Make it readable")));
}

TEST(Yaml, ReportsWhereItIsNotYaml) {
    EXPECT_THAT(load_yaml("citus:\n  enable: [true\n").problems,
                ElementsAre(HasSubstr("/etc/citus-init/citus-init.yaml, line 3, column 1: is not "
                                      "valid YAML: end of sequence flow not found. ")));
}

TEST(Yaml, NamesEveryWrongKeyWithItsLine) {
    const auto loaded = load_yaml(
        "citus:\n"
        "  rol: worker\n"
        "  enable: perhaps\n"
        "  enable: true\n"
        "  workers: {a: 1}\n"
        "  coordinator_host: [a]\n"
        "citsu: {}\n"
        "CITUS_ROLE: worker\n"
        "postgres: text\n"
        "postgresql:\n"
        "  work_mem:\n"
        "  citus: {shard_count: 3}\n"
        "  'bad name': 1\n");
    const std::string in = " in /etc/citus-init/citus-init.yaml, line ";
    EXPECT_THAT(
        loaded.problems,
        ElementsAre(
            "CITUS_ROLE" + in +
                "8: is not a known key. Write it as citus.role (a key below a "
                "section).",
            "citsu" + in +
                "7: is not a known key. The sections are backup, citus, http, patroni, postgres, "
                "postgresql, "
                "supervisor.",
            "citus.coordinator_host" + in +
                "6: is a list where one value belongs. Write one "
                "value.",
            HasSubstr("citus.enable" + in + "3: \"perhaps\" is not a boolean."),
            "citus.enable" + in + "4: is given twice. Keep one of them.",
            "citus.rol" + in + "2: is not a known key. Did you mean citus.role?",
            HasSubstr("citus.workers" + in + "5: is a map where one value belongs."),
            "postgres" + in + "9: is not a map. Write the settings below it, indented.",
            HasSubstr("postgresql.bad name" + in + "13: \"bad name\" is not the name of a"),
            HasSubstr("postgresql.citus" + in + "12: is a map where one value belongs."),
            "postgresql.work_mem" + in + "11: has no value. Write '' for an empty value."));
}

TEST(Yaml, NamesTheLineOfWhatCannotBeRestored) {
    EXPECT_THAT(load_yaml("backup: {restore: latest}").problems,
                ElementsAre(HasSubstr("backup.restore in /etc/citus-init/citus-init.yaml, line 1: "
                                      "\"latest\" cannot be restored without CITUS_BACKUP")));
}

TEST(Yaml, MustBeAMap) {
    EXPECT_THAT(load_yaml("- a\n").problems, ElementsAre(HasSubstr("is not a map of sections")));
    EXPECT_THAT(
        load_yaml("a: 1\n---\nb: 1\n").problems,
        ElementsAre(HasSubstr("line 2, column 1: goes on behind the end of its first document")));
    EXPECT_THAT(load_yaml("{[a]: 1}").problems,
                ElementsAre(HasSubstr("has a key that is not a plain word")));
}

TEST(Yaml, EndsWhereItIsMeantToHaveNoEnd) {
    EXPECT_THAT(load_yaml("a: &a [*a]").problems, ElementsAre(HasSubstr("uses an alias")));
    EXPECT_THAT(load_yaml(std::string(100'000, '[')).problems, testing::SizeIs(1));
    EXPECT_THAT(load_yaml("a: [[[[[[[[1]]]]]]]]").problems,
                ElementsAre(HasSubstr("is nested too deeply")));
    EXPECT_THAT(load_yaml(std::string((1U << 20U) + 1, ' ')).problems,
                ElementsAre(HasSubstr("larger than 1024 kB. Put a regular file")));
    // YAML::LoadAll() of yaml-cpp 0.7 goes on for ever here.
    EXPECT_THAT(load_yaml("a:]\n~ [ba]\n? [b]\n").problems, testing::SizeIs(1));
    EXPECT_THAT(load_yaml("citus: {enable: on}\n]\npostgres: {}\n").problems, testing::SizeIs(1));
}

TEST(Yaml, TakesListsAndEmptyValuesForPostgresql) {
    const auto loaded = load_yaml(
        "postgresql: {shared_preload_libraries: [citus, pg_cron], search_path: '', jit: off}");
    const auto& yaml = loaded.settings.postgresql_conf.yaml;
    EXPECT_EQ(yaml.at("shared_preload_libraries").text, "citus, pg_cron");
    EXPECT_EQ(yaml.at("search_path").text, "");
    EXPECT_EQ(yaml.at("jit").text, "off");
}

}  // namespace
}  // namespace citus_init::settings
