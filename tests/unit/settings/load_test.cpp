#include "citus_init/settings/load.h"

#include "citus_init/settings/new_cluster.h"

#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(LoadSettings, NeedsTheDataDirectoryAndNothingElse) {
    const auto loaded = load({});
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings, IsEmpty());
    Settings expected;
    expected.postgres.data_directory = "/data";
    expected.postgres.database = "postgres";
    expected.citus.database = "postgres";
    EXPECT_EQ(loaded.settings, expected);

    const auto refused = load_settings({}, test::FakeFilesystem());
    ASSERT_FALSE(refused);
    EXPECT_THAT(texts_of(refused.error().problems),
                ElementsAre("PGDATA: is not set. Set it to the data directory, for instance "
                            "/var/lib/postgresql/data."));
}

TEST(LoadSettings, ReadsTheVariablesOfTheOfficialImage) {
    const auto loaded = load({{"POSTGRES_USER", "app"},
                              {"POSTGRES_PASSWORD", "pw"},
                              {"POSTGRES_DB", "shop"},
                              {"POSTGRES_INITDB_ARGS", "--data-checksums"},
                              {"POSTGRES_INITDB_WALDIR", "/wal"},
                              {"POSTGRES_HOST_AUTH_METHOD", "md5"},
                              {"PGDATA", "/pg"},
                              {"PGPORT", "5433"},
                              {"PG_MAJOR", "15"},
                              {"CITUS_PG_BINDIR", "/bin"}});
    ASSERT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings, IsEmpty());
    const PostgresSettings expected{
        "app", Secret("pw"), "shop", "--data-checksums", "/wal", "md5", "/pg", "15", 5433, "/bin"};
    EXPECT_EQ(loaded.settings.postgres, expected);
}

TEST(LoadSettings, ReadsTheVariablesOfTheNode) {
    const auto loaded = load({{"POSTGRES_PASSWORD", "pw"},
                              {"CITUS_ENABLE", "true"},
                              {"CITUS_ALLOW_DISABLE", "yes"},
                              {"CITUS_SERVE_UNCONFIRMED", "yes"},
                              {"CITUS_ROLE", "coordinator"},
                              {"CITUS_COORDINATOR_HOST", "coordinator"},
                              {"CITUS_COORDINATOR_PORT", "5434"},
                              {"CITUS_NODE_HOST", "node"},
                              {"CITUS_NODE_PORT", "5435"},
                              {"CITUS_DATABASE", "citus"},
                              {"CITUS_WORKERS", "w1,w2:5436"},
                              {"CITUS_INTERNODE_AUTH", "password"},
                              {"CITUS_AUTO_UPGRADE", "major"},
                              {"CITUS_RECONCILE_INTERVAL", "500ms"},
                              {"CITUS_REBALANCE_ON_JOIN", "true"},
                              {"CITUS_STOP_PAUSE", "true"},
                              {"CITUS_STOP_PAUSE_LONGEST", "30s"},
                              {"CITUS_WORKER_DISCOVERY", "dns:worker:5437"}});
    ASSERT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings, IsEmpty());
    CitusSettings expected;
    expected.enable = true;
    expected.allow_disable = true;
    expected.serve_unconfirmed = true;
    expected.coordinator_host = "coordinator";
    expected.coordinator_port = 5434;
    expected.node_host = "node";
    expected.node_port = 5435;
    expected.database = "citus";
    expected.workers = {{"w1", 5432}, {"w2", 5436}};
    expected.internode_auth = InternodeAuth::password;
    expected.auto_upgrade = AutoUpgrade::major;
    expected.reconcile_interval = milliseconds(500);
    expected.rebalance_on_join = true;
    expected.stop_pause = true;
    expected.stop_pause_longest = milliseconds(30'000);
    expected.worker_discovery = WorkerDiscovery{DiscoveryKind::dns, "worker", 5437};
    EXPECT_EQ(loaded.settings.citus, expected);
}

TEST(LoadSettings, ReadsTheVariablesOfTheMesh) {
    const auto loaded = load({{"CITUS_CLUSTER_SECRET", "a secret of this cluster\n"},
                              {"CITUS_TLS_CA_PATH", "/tls/ca"},
                              {"CITUS_TLS_CERT_PATH", "/tls/cert"},
                              {"CITUS_TLS_KEY_PATH", "/tls/key"},
                              {"CITUS_CERTIFICATE_LIFETIME", "30d"},
                              {"CITUS_WORKER_CLIENTS", "on"},
                              {"CITUS_NODE_NETWORKS", "10.0.0.0/8"}});
    ASSERT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings, IsEmpty());
    CitusSettings expected = load({}).settings.citus;
    expected.cluster_secret = Secret("a secret of this cluster");
    expected.tls_ca_path = "/tls/ca";
    expected.tls_cert_path = "/tls/cert";
    expected.tls_key_path = "/tls/key";
    expected.certificate_lifetime = std::chrono::hours(30 * 24);
    expected.worker_clients = true;
    expected.node_networks = {"10.0.0.0/8"};
    EXPECT_EQ(loaded.settings.citus, expected);
}

TEST(LoadSettings, ReadsTheSettingsOfPostgresql) {
    const auto loaded = load({{"CITUS_MAX_WORKER_PROCESSES", "16"},
                              {"CITUS_DISTRIBUTED_EXECUTOR", "adaptive"},
                              {"CITUS_GUC_WORK_MEM", "64MB"},
                              {"CITUS_GUC_CITUS__SHARD_COUNT", "32"},
                              {"CITUS_POSTGRESQL_CONF", "a = 1\nb = 2\n"},
                              {"CITUS_PG_HBA", "local all all peer"}});
    ASSERT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings, IsEmpty());
    PostgresqlConf expected;
    expected.environment = {
        {"max_worker_processes", {"16", "CITUS_MAX_WORKER_PROCESSES"}},
        {"citus.task_executor_type", {"adaptive", "CITUS_DISTRIBUTED_EXECUTOR"}},
        {"work_mem", {"64MB", "CITUS_GUC_WORK_MEM"}},
        {"citus.shard_count", {"32", "CITUS_GUC_CITUS__SHARD_COUNT"}}};
    expected.block = "a = 1\nb = 2\n";
    expected.hba = "local all all peer";
    EXPECT_EQ(loaded.settings.postgresql_conf, expected);
}

TEST(LoadSettings, ReadsTheVariablesOfTheSupervisor) {
    const auto loaded = load({{"CITUS_STRICT", "on"},
                              {"CITUS_STOP_TIMEOUT", "5s"},
                              {"CITUS_START_TIMEOUT", "1min"},
                              {"CITUS_RESTART_LIMIT", "7"},
                              {"CITUS_RESTART_WINDOW", "1h"},
                              {"CITUS_BOOTSTRAP_REDO", "1"},
                              {"CITUS_DATA_SLOTS", "yes"},
                              {"CITUS_TEMPLATE", "require"},
                              {"CITUS_TEMPLATE_DIR", "/template"},
                              {"CITUS_ON_FATAL", "hold"},
                              {"CITUS_RUN_DIR", "/run/citus"},
                              {"CITUS_LOG_LEVEL", "debug"},
                              {"CITUS_LOG_FORMAT", "json"}});
    ASSERT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings, IsEmpty());
    const SupervisorSettings expected{true,
                                      milliseconds(5000),
                                      milliseconds(60'000),
                                      7,
                                      milliseconds(3'600'000),
                                      true,
                                      true,
                                      TemplateUse::require,
                                      "/template",
                                      OnFatal::hold,
                                      "/run/citus",
                                      log::Level::debug,
                                      log::Format::json};
    EXPECT_EQ(loaded.settings.supervisor, expected);
}

TEST(LoadSettings, ReportsAllProblemsTogetherInOrder) {
    const auto loaded = load({{"CITUS_ROLE", "master"},
                              {"CITUS_ENABLE", "maybe"},
                              {"CITUS_STOP_TIMEOUT", "soon"},
                              {"PGPORT", "70000"},
                              {"CITUS_GUC_BAD-NAME", "1"},
                              {"POSTGRES_HOST_AUTH_METHOD", "sha"}});
    EXPECT_THAT(
        loaded.problems,
        ElementsAre(
            "CITUS_ENABLE: \"maybe\" is not a boolean. Set it to true or false (or on/off, yes/no, "
            "1/0).",
            "CITUS_GUC_BAD-NAME: \"bad-name\" is not the name of a setting. Write letters, digits "
            "and _, and __ for the dot: CITUS_GUC_CITUS__SHARD_COUNT, or citus.shard_count in the "
            "YAML file.",
            "CITUS_ROLE: \"master\" is not a role. Set it to coordinator or worker; a coordinator "
            "without workers is the standalone node.",
            "CITUS_STOP_TIMEOUT: \"soon\" is not a duration from 1ms to 1d. Write a number and one "
            "of us, ms, s, min, h, d; a bare number means seconds.",
            "PGPORT: \"70000\" is not a port. Set it to a number from 1 to 65535.",
            "POSTGRES_HOST_AUTH_METHOD: \"sha\" is not an authentication method of pg_hba.conf. "
            "Set it to scram-sha-256, or to any other method of PostgreSQL's manual."));
}

TEST(LoadSettings, TakesTheDatabaseFromThePostgresDatabaseFromTheUser) {
    EXPECT_EQ(load({{"POSTGRES_USER", "app"}}).settings.citus.database, "app");
    EXPECT_EQ(load({{"POSTGRES_USER", "app"}, {"POSTGRES_DB", "shop"}}).settings.citus.database,
              "shop");
}

TEST(LoadSettings, CountsAnEmptyVariableAsUnset) {
    const auto loaded = load({{"CITUS_ROLE", ""},
                              {"CITUS_ENABLE", ""},
                              {"CITUS_GUC_WORK_MEM", ""},
                              {"CITUS_NO_SUCH_THING", ""},
                              {"POSTGRES_PASSWORD", ""}});
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings, IsEmpty());
    EXPECT_THAT(loaded.settings.postgresql_conf.environment, IsEmpty());
}

TEST(LoadSettings, TakesARestorePointAndRefusesWhatNoneIsCalled) {
    const std::map<std::string, std::string> backup{{"CITUS_BACKUP", "pgbackrest"},
                                                    {"CITUS_BACKUP_REPO", "posix:/backup"}};
    const auto loaded_with = [&](std::map<std::string, std::string> more) {
        more.insert(backup.begin(), backup.end());
        return load(more);
    };
    struct Case {
        const char* given;
        const char* point;
    };
    for (const auto& each : {Case{"before-migration", "before-migration"}, Case{"Latest", "latest"},
                             Case{"none", ""}, Case{" x ", "x"}}) {
        const auto loaded = loaded_with({{"CITUS_RESTORE", each.given},
                                         {"CITUS_RESTORE_FROM", "shop"},
                                         {"CITUS_RESTORE_GROUP", "3"}});
        EXPECT_THAT(loaded.problems, IsEmpty()) << each.given;
        EXPECT_EQ(loaded.settings.backup->restore,
                  (RestoreSettings{each.point, "shop", std::optional(3)}));
    }
    for (const auto& bad : {std::string("a/b"), std::string(".x"), std::string(55, 'x')}) {
        EXPECT_THAT(loaded_with({{"CITUS_RESTORE", bad}}).problems,
                    ElementsAre("CITUS_RESTORE: \"" + bad +
                                "\" is not a name of a restore point. Set it to one that "
                                "`citus-init backups` lists, or to latest."));
    }
    EXPECT_EQ(loaded_with({{"CITUS_RESTORE_GROUP", "0"}}).problems.size(), 1U);
    EXPECT_THAT(load({{"CITUS_RESTORE", "latest"}}).problems,
                ElementsAre("CITUS_RESTORE: \"latest\" cannot be restored without "
                            "CITUS_BACKUP=pgbackrest, and nothing else is made. Set "
                            "CITUS_BACKUP=pgbackrest and CITUS_BACKUP_REPO, or remove it."));
    EXPECT_THAT(load({{"CITUS_RESTORE", "none"}}).problems, IsEmpty());
    EXPECT_THAT(load({{"CITUS_HA", "none"}}).problems, IsEmpty());
}

TEST(LoadSettings, RefusesAPasswordOfTwoLines) {
    const auto loaded = load({{"POSTGRES_PASSWORD", "first\nsecond"}});
    EXPECT_THAT(loaded.problems,
                ElementsAre("POSTGRES_PASSWORD: contains a line break, and PostgreSQL's tools take "
                            "one line only. Choose a password of one line."));
}

TEST(LoadSettings, WarnsOfAPasswordFromAWindowsFile) {
    EXPECT_THAT(load({{"POSTGRES_PASSWORD", "pw\r"}}).warnings,
                ElementsAre(HasSubstr("ends with a carriage return")));
}

TEST(LoadSettings, EscapesAndCutsWhatItShows) {
    const auto loaded = load({{"CITUS_ROLE", "\x1b[31m" + std::string(1000, 'x')}});
    ASSERT_EQ(loaded.problems.size(), 1U);
    EXPECT_THAT(loaded.problems[0], HasSubstr("\"\\x1b[31mxxx"));
    EXPECT_LT(loaded.problems[0].size(), 400U);
}

TEST(LoadSettings, IgnoresPortsThatKubernetesInvents) {
    const auto loaded = load({{"CITUS_COORDINATOR_PORT", "tcp://10.0.0.1:5432"}});
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings, IsEmpty());
    // Those that are like no variable of ours, strict or not.
    for (const char* name :
         {"CITUS_X_SERVICE_HOST", "CITUS_X_SERVICE_PORT_POSTGRES", "CITUS_X_PORT_5432_TCP",
          "CITUS_X_PORT_5432_TCP_PROTO", "CITUS_X_PORT_5432_TCP_PORT", "CITUS_X_PORT_5432_TCP_ADDR",
          "CITUS_X_PORT_53_UDP_PORT"}) {
        EXPECT_THAT(load({{name, "5432"}, {"CITUS_STRICT", "true"}}).problems, IsEmpty()) << name;
    }
    EXPECT_EQ(loaded.settings.citus.coordinator_port, std::nullopt);
    EXPECT_EQ(loaded.resolved.count("CITUS_COORDINATOR_PORT"), 0U);
}

TEST(BootstrapPassword, IsNeededUnlessHostsAreTrusted) {
    Settings settings;
    const auto problem = check_bootstrap_password(settings);
    ASSERT_TRUE(problem);
    EXPECT_THAT(problem->text(),
                HasSubstr("Database is uninitialized and superuser password is not specified"));
    EXPECT_THAT(problem->text(), HasSubstr("POSTGRES_HOST_AUTH_METHOD=trust"));

    settings.postgres.host_auth_method = "trust";
    EXPECT_EQ(check_bootstrap_password(settings), std::nullopt);
    settings.postgres.host_auth_method = "md5";
    EXPECT_TRUE(check_bootstrap_password(settings));
    settings.postgres.password = Secret("pw");
    EXPECT_EQ(check_bootstrap_password(settings), std::nullopt);
}

TEST(NewCluster, TakesNoNameThatInitdbOrCitusCannotTake) {
    struct Case {
        const char* variable;
        std::string value;
        const char* reason;
    };
    for (const auto& [variable, value, reason] :
         std::vector<Case>{{"POSTGRES_USER", "public", "keeps for itself"},
                           {"POSTGRES_USER", "pg_x", "keeps for itself"},
                           {"POSTGRES_USER", "a\"b", "initdb refuses"},
                           {"POSTGRES_USER", "a'b", "initdb refuses"},
                           {"POSTGRES_USER", "a--b", "initdb refuses"},
                           {"POSTGRES_USER", std::string(64, 'u'), "63 bytes"},
                           {"CITUS_DATABASE", std::string(64, 'd'), "63 bytes"},
                           {"CITUS_DATABASE", "template0", "no place for Citus"},
                           {"POSTGRES_DB", "template1", "no place for Citus"}}) {
        Environment environment{
            {"CITUS_ENABLE", "true"}, {"POSTGRES_PASSWORD", "pw"}, {"POSTGRES_DB", "app"}};
        environment.insert_or_assign(variable, value);
        const auto loaded = load(environment);
        EXPECT_THAT(loaded.problems, IsEmpty()) << "a cluster that is there may have it";
        const auto problems = check_new_cluster(loaded.settings);
        ASSERT_EQ(problems.size(), 1) << value;
        EXPECT_THAT(problems.front().text(), testing::StartsWith(variable));
        EXPECT_THAT(problems.front().text(), HasSubstr(reason));
    }
    EXPECT_THAT(check_new_cluster(
                    load({{"POSTGRES_USER", "public"}, {"POSTGRES_DB", "template1"}}).settings),
                testing::SizeIs(2))
        << "all at once: the password, too";
}

}  // namespace
}  // namespace citus_init::settings
