#include <cerrno>

#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SecretFile, GivesTheValue) {
    test::FakeFilesystem files;
    files.add_file("/run/secrets/password", "pw\n");
    files.add_file("/role", "worker\n");
    files.add_file("/host", "coordinator\n");
    files.add_file("/secret", "a secret of this cluster\n");
    const auto loaded = load({{"POSTGRES_PASSWORD_FILE", "/run/secrets/password"},
                              {"CITUS_ENABLE", "true"},
                              {"CITUS_ROLE_FILE", "/role"},
                              {"CITUS_COORDINATOR_HOST_FILE", "/host"},
                              {"CITUS_CLUSTER_SECRET_FILE", "/secret"}},
                             files);
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_EQ(loaded.settings.citus.cluster_secret, Secret("a secret of this cluster"));
    EXPECT_EQ(loaded.settings.postgres.password, Secret("pw"));
    EXPECT_EQ(loaded.settings.citus.role, Role::worker);
    EXPECT_EQ(loaded.settings.citus.coordinator_host, "coordinator");
}

// The official entrypoint's $(<file) drops every newline at the end; the others lose one.
TEST(SecretFile, LosesItsTrailingNewlines) {
    test::FakeFilesystem files;
    files.add_file("/value", "#a\n#bc\n\n\n");
    const auto loaded =
        load({{"POSTGRES_INITDB_ARGS_FILE", "/value"}, {"CITUS_PG_HBA_FILE", "/value"}}, files);
    EXPECT_EQ(loaded.settings.postgres.initdb_args, "#a\n#bc");
    EXPECT_EQ(loaded.settings.postgresql_conf.hba, "#a\n#bc\n\n");
}

Outcome reload(const Environment& environment, const Filesystem& files, const Environment& before) {
    auto loaded = reload_settings(with_base(environment), files, before);
    if (!loaded) {
        return {{}, {}, texts_of(loaded.error().warnings), texts_of(loaded.error().problems)};
    }
    return {loaded->settings, loaded->resolved, texts_of(loaded->warnings), {}};
}

TEST(SecretFile, KeepsItsValueAtAReloadThatMayNotReadIt) {
    const Environment environment{{"POSTGRES_PASSWORD_FILE", "/secret"},
                                  {"POSTGRES_DB_FILE", "/empty"},
                                  {"CITUS_PG_HBA_FILE", "/hba"}};
    test::FakeFilesystem files;
    files.add_file("/secret", "hush-hush\n");
    files.add_file("/empty", "");
    files.add_file("/hba", "# one");
    const auto before = load(environment, files);
    files.fail_reading("/secret", EACCES);
    files.fail_reading("/empty", EACCES);
    files.add_file("/hba", "# two");
    EXPECT_EQ(load(environment, files).problems.size(), 2U);  // a start needs them
    const auto first = reload(environment, files, before.resolved);
    EXPECT_THAT(first.problems, IsEmpty());
    EXPECT_THAT(
        first.warnings,
        ElementsAre(HasSubstr("POSTGRES_DB_FILE: \"/empty\" was not read again"),
                    "POSTGRES_PASSWORD_FILE: \"/secret\" was not read again: the user that "
                    "citus-init has become may not read it. What the start read stays in use. "
                    "Start the container again to use what is in the file now."));
    EXPECT_EQ(first.settings.postgres.database, "postgres");
    EXPECT_EQ(first.settings.postgresql_conf.hba, "# two");
    const auto second = reload(environment, files, first.resolved);
    EXPECT_EQ(second.settings.postgres.password, Secret("hush-hush"));
    EXPECT_EQ(second.resolved, first.resolved);
}

TEST(SecretFile, IsMissedAtAReload) {
    const Environment environment{{"POSTGRES_PASSWORD_FILE", "/secret"}};
    test::FakeFilesystem files;
    files.add_file("/secret", "hush-hush\n");
    const auto before = load(environment, files);
    files.remove("/secret");
    EXPECT_THAT(reload(environment, files, before.resolved).problems,
                ElementsAre(HasSubstr("POSTGRES_PASSWORD_FILE: cannot open \"/secret\"")));
}

TEST(YamlFile, KeepsItsTextAtAReloadThatMayNotReadIt) {
    test::FakeFilesystem files;
    files.add_file(kDefaultYamlPath, "postgres:\n  database: mine\n");
    const auto before = load({}, files);
    files.fail_reading(kDefaultYamlPath, EACCES);
    const auto again = reload({}, files, before.resolved);
    EXPECT_THAT(again.warnings, ElementsAre(HasSubstr("was not read again")));
    EXPECT_EQ(again.settings.postgres.database, "mine");
    EXPECT_EQ(again.resolved, before.resolved);
}

TEST(SecretFile, IsRefusedWithANulByte) {
    test::FakeFilesystem files;
    files.add_file("/utf16", std::string("p\0w\0", 4));
    const auto loaded =
        load({{"POSTGRES_PASSWORD_FILE", "/utf16"}, {"CITUS_PG_HBA_FILE", "/utf16"}}, files);
    EXPECT_THAT(loaded.problems,
                ElementsAre(HasSubstr("CITUS_PG_HBA_FILE: \"/utf16\" holds a NUL byte"),
                            HasSubstr("POSTGRES_PASSWORD_FILE: \"/utf16\" holds a NUL byte")));
}

TEST(SecretFile, HasOneLine) {
    test::FakeFilesystem files;
    files.add_file("/secret",
                   "9f86d081884c7d659a2feaa0c55ad015\na3bf4f1b2b0b822cd15d6c15b0f00a08\n");
    const auto loaded = load({{"POSTGRES_PASSWORD", "pw"},
                              {"CITUS_ENABLE", "true"},
                              {"CITUS_CLUSTER_SECRET_FILE", "/secret"}},
                             files);
    ASSERT_EQ(loaded.problems.size(), 1U);
    EXPECT_THAT(loaded.problems[0], HasSubstr("CITUS_CLUSTER_SECRET_FILE: contains a line break"));
}

TEST(SecretFile, MustBeARegularFileOfAMegabyteAtMost) {
    test::FakeFilesystem files;
    files.add_fifo("/fifo");
    files.add_file("/large", std::string((1U << 20U) + 1, 'x'));
    const auto loaded =
        load({{"POSTGRES_PASSWORD_FILE", "/fifo"}, {"CITUS_PG_HBA_FILE", "/large"}}, files);
    EXPECT_THAT(loaded.problems, ElementsAre(HasSubstr("\"/large\": larger than 1024 kB"),
                                             HasSubstr("\"/fifo\": a FIFO, not a regular file")));
}

TEST(SecretFile, MayNotStandBesideTheValue) {
    test::FakeFilesystem files;
    files.add_file("/value", "x");
    const auto loaded = load({{"POSTGRES_PASSWORD", "hush-hush"},
                              {"POSTGRES_PASSWORD_FILE", "/value"},
                              {"CITUS_ROLE", "worker"},
                              {"CITUS_ROLE_FILE", "/value"}},
                             files);
    EXPECT_THAT(loaded.problems,
                ElementsAre("CITUS_ROLE: both CITUS_ROLE and CITUS_ROLE_FILE are set (but are "
                            "exclusive). Keep one of them.",
                            "POSTGRES_PASSWORD: both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE "
                            "are set (but are exclusive). Keep one of them."));
}

TEST(SecretFile, CountsAsUnsetWhenItsNameIsEmpty) {
    EXPECT_EQ(load({{"POSTGRES_PASSWORD", "pw"}, {"POSTGRES_PASSWORD_FILE", ""}})
                  .settings.postgres.password,
              Secret("pw"));
    test::FakeFilesystem files;
    files.add_file("/value", "pw");
    EXPECT_EQ(load({{"POSTGRES_PASSWORD", ""}, {"POSTGRES_PASSWORD_FILE", "/value"}}, files)
                  .settings.postgres.password,
              Secret("pw"));
}

TEST(SecretFile, ThatCannotBeReadIsOneProblem) {
    test::FakeFilesystem files;
    files.add_file("/secret", "hush-hush");
    files.fail_reading("/secret", EACCES);
    files.add_directory("/directory");
    const auto loaded = load({{"CITUS_ENABLE", "true"},
                              {"CITUS_WORKERS", "w1"},
                              {"CITUS_INTERNODE_AUTH", "password"},
                              {"POSTGRES_PASSWORD_FILE", "/secret"},
                              {"POSTGRES_USER_FILE", "/missing"},
                              {"POSTGRES_DB_FILE", "/directory"}},
                             files);
    EXPECT_THAT(loaded.problems,
                ElementsAre(HasSubstr("POSTGRES_DB_FILE: cannot read \"/directory\": Is a "
                                      "directory. Give the path of a file that the user who runs "
                                      "citus-init may read."),
                            HasSubstr("POSTGRES_PASSWORD_FILE: cannot open \"/secret\": Permission "
                                      "denied."),
                            HasSubstr("POSTGRES_USER_FILE: cannot open \"/missing\": No such file "
                                      "or directory.")));
}

TEST(SecretFile, ThatIsEmptyCountsAsUnsetWithAWarning) {
    test::FakeFilesystem files;
    files.add_file("/value", "\n\n");
    const auto loaded = load({{"POSTGRES_PASSWORD_FILE", "/value"}}, files);
    EXPECT_THAT(loaded.warnings,
                ElementsAre(HasSubstr("POSTGRES_PASSWORD_FILE: \"/value\" is an empty file")));
    EXPECT_TRUE(loaded.settings.postgres.password.empty());
}

// The path may be that of another secret, mistaken.
TEST(SecretFile, IsNeverQuoted) {
    test::FakeFilesystem files;
    files.add_file("/secret", "hush-hush");
    const auto loaded =
        load({{"CITUS_ROLE_FILE", "/secret"}, {"CITUS_WORKERS_FILE", "/secret,"}}, files);
    for (const auto& text : loaded.problems) {
        EXPECT_THAT(text, testing::Not(HasSubstr("hush")));
    }
    EXPECT_THAT(loaded.problems, testing::Contains(HasSubstr("CITUS_ROLE_FILE: is not a role")));
}

TEST(SecretFile, IsNotForTheVariablesThatTheOfficialImageHasNoneFor) {
    const auto loaded = load({{"POSTGRES_HOST_AUTH_METHOD_FILE", "/missing"},
                              {"POSTGRES_INITDB_WALDIR_FILE", "/missing"},
                              {"PGDATA_FILE", "/missing"}});
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings, IsEmpty());
}

// ssl_cert_file and its like are settings of PostgreSQL's own.
TEST(SecretFile, IsNotForSettingsOfPostgresql) {
    const auto loaded = load({{"CITUS_GUC_SSL_CERT_FILE", "/missing"}});
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_EQ(loaded.settings.postgresql_conf.environment.at("ssl_cert_file").text, "/missing");
}

}  // namespace
}  // namespace citus_init::settings
