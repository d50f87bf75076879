#include "citus_init/render/guc_stack.h"

#include <gmock/gmock.h>

#include "citus_init/render/socket_directories.h"

#include "stack_inputs.h"

namespace citus_init::render {
namespace {

TEST(GucStack, StacksEveryLayerInItsOrder) {
    auto node = StackFixture::with_citus();
    node.conf("max_worker_processes = 1\nshared_preload_libraries = 'auto_explain'");
    node.settings.postgresql_conf.yaml["max_worker_processes"] = {"2", "x.yaml"};
    node.settings.postgresql_conf.block = "\nmax_worker_processes = 3\n";
    node.environment_guc("max_worker_processes", "4");
    node.files.add_file("/data/postgresql.auto.conf", "max_worker_processes = '5'");
    node.words = {"-c", "max-worker-processes=6"};
    const auto stack = node.stack();
    EXPECT_EQ(stack.explain("Max_Worker_Processes"),
              (std::vector<LayeredValue>{{Layer::postgresql_default, "8", "built in"},
                                         {Layer::tuned, "16", "for 2 CPUs with Citus"},
                                         {Layer::user_file, "1", "/data/postgresql.conf:1"},
                                         {Layer::yaml, "2", "x.yaml"},
                                         {Layer::block, "3", "CITUS_POSTGRESQL_CONF line 2"},
                                         {Layer::environment, "4", "CITUS_GUC_X"},
                                         {Layer::alter_system, "5", "/data/postgresql.auto.conf:1"},
                                         {Layer::command_line, "6", "-c max-worker-processes=6"}}));
    EXPECT_EQ(stack.effective("max_worker_processes"), "6");
    EXPECT_EQ(stack.effective("shared_preload_libraries"), "citus,auto_explain");
    EXPECT_EQ(stack.explain("shared_preload_libraries").back().layer, Layer::enforced);
}

TEST(GucStack, KeepsTheStrongestPreloadAndPutsCitusFirst) {
    auto node = StackFixture::with_citus();
    node.conf("shared_preload_libraries = 'a'");
    node.files.add_file("/data/postgresql.auto.conf", "shared_preload_libraries = 'b, citus'");
    EXPECT_EQ(node.stack().effective("shared_preload_libraries"), "citus,b");
    node.words = {"-c", "shared_preload_libraries=pg_stat_statements"};
    EXPECT_EQ(node.stack().effective("shared_preload_libraries"), "citus,pg_stat_statements");
    node.settings.citus.enable = false;
    EXPECT_EQ(node.stack().effective("shared_preload_libraries"), "pg_stat_statements");
}

TEST(GucStack, TakesTheServersOwnEnvironmentBelowTheFiles) {
    StackFixture node;
    node.environment["PGPORT"] = "5433";
    EXPECT_EQ(node.stack().effective("port"), "5433");
    node.conf("port = 5434");
    EXPECT_EQ(node.stack().effective("port"), "5434");
}

TEST(GucStack, ReadsTheFileThatTheCommandLineNames) {
    StackFixture node;
    node.conf("port = 1");
    node.files.add_file("/etc/my.conf", "include 'more.conf'");
    node.files.add_file("/etc/more.conf", "port = 2");
    node.words = {"-c", "config_file=/etc/my.conf"};
    const auto stack = node.stack();
    EXPECT_EQ(stack.effective("port"), "2");
    EXPECT_EQ(stack.explain("port").back().origin, "/etc/more.conf:1");
    EXPECT_EQ(stack.files.size(), 2u);
}

TEST(GucStack, WorksForADirectoryThatIsStillEmpty) {
    EXPECT_EQ(StackFixture().stack().effective("listen_addresses"), "*");
}

TEST(GucStack, ReportsEveryProblemOfEveryFileAtOnce) {
    StackFixture node;
    node.files.add_file("/data/postgresql.auto.conf", "a = = b");
    node.files.add_file("/etc/my.conf", "work_mem = 1 2\ninclude 'missing'\ndata_directory='/old'");
    node.words = {"-c", "config_file=/etc/my.conf"};
    node.settings.postgresql_conf.block = "x\ninclude 'relative'";
    node.settings.postgresql_conf.yaml["a\nfsync = off #"] = {"1", "x.yaml"};
    node.environment_guc("include", "/etc/passwd");
    const auto built = node.build();
    ASSERT_FALSE(built);
    std::vector<std::string> variables;
    for (const auto& problem : built.error()) {
        variables.push_back(problem.variable);
    }
    EXPECT_EQ(variables, (std::vector<std::string>{
                             "/etc/my.conf:1", "/etc/my.conf:2", "x.yaml",
                             "CITUS_POSTGRESQL_CONF line 1", "CITUS_POSTGRESQL_CONF line 2",
                             "CITUS_GUC_X", "/data/postgresql.auto.conf:1", "/etc/my.conf:3"}));
}

TEST(GucStack, RefusesAConfigFileThatIsNotThere) {
    StackFixture node;
    node.words = {"-c", "config_file=/no.conf"};
    ASSERT_FALSE(node.build());
    EXPECT_EQ(node.build().error()[0].variable, "/no.conf");
}

TEST(GucStack, AcceptsItsOwnDataDirectoryInTheUsersFile) {
    StackFixture node;
    node.conf("data_directory = '/data/'");
    EXPECT_TRUE(node.build());
}

TEST(GucStack, NeedsASocketToConnectBy) {
    for (const char* value : {"", " , "}) {
        StackFixture node;
        node.words = {"-k", value};
        const auto built = node.build();
        ASSERT_FALSE(built);
        EXPECT_THAT(built.error()[0].text(), testing::HasSubstr("without a directory"));
        node.settings.patroni.emplace();
        EXPECT_TRUE(node.build());
    }
}

TEST(SocketDirectories, AreThoseThatClientsName) {
    StackFixture node;
    node.words = {"-k", "/run/a, sockets,, @name"};
    EXPECT_EQ(socket_directories(node.stack()),
              (std::vector<std::string>{"/run/a", "/data/sockets", "@name"}));
}

TEST(RolePresets, LeaveAPlainServerAlone) {
    const auto stack = StackFixture().stack();
    EXPECT_EQ(stack.names(), std::vector<std::string>{"listen_addresses"});
    EXPECT_EQ(stack.certificate, NodeCertificate::none);
}

TEST(RolePresets, GiveCitusItsOwnCertificate) {
    const auto stack = StackFixture::with_citus().stack();
    EXPECT_EQ(stack.effective("ssl"), "on");
    EXPECT_EQ(stack.effective("ssl_key_file"), "/var/run/postgresql/citus_init/server.key");
    EXPECT_TRUE(
        stack.effective("citus.node_conninfo").starts_with("sslmode=require connect_timeout="));
    EXPECT_EQ(stack.certificate, NodeCertificate::self_signed);
    EXPECT_EQ(stack.effective("wal_level"), "logical");
    EXPECT_EQ(stack.effective("max_prepared_transactions"), "0");
    EXPECT_FALSE(stack.given("max_prepared_transactions"));
}

TEST(RolePresets, GiveNodesWithASecretTheClustersCertificates) {
    auto node = StackFixture::with_citus();
    node.settings.citus.cluster_secret = Secret("a secret of this cluster");
    const auto stack = node.stack();
    EXPECT_EQ(stack.certificate, NodeCertificate::of_the_cluster);
    EXPECT_EQ(stack.effective("ssl"), "on");
    EXPECT_EQ(stack.effective("ssl_ca_file"), "/var/run/postgresql/citus_init/ca.crt");
    EXPECT_EQ(stack.effective("ssl_cert_file"), "/var/run/postgresql/citus_init/server.crt");
    EXPECT_TRUE(
        stack.effective("citus.node_conninfo")
            .starts_with("sslmode=verify-full sslrootcert='/var/run/postgresql/citus_init/ca.crt' "
                         "sslcert='/var/run/postgresql/citus_init/server.crt' "
                         "sslkey='/var/run/postgresql/citus_init/server.key' connect_timeout=3 "));
    for (const auto& value : stack.values) {
        for (const auto& layer : value.second) {
            EXPECT_EQ(layer.value.find("a secret"), std::string::npos);
        }
    }
}

TEST(RolePresets, RefuseTlsOfTheUserBesideTheClustersCertificates) {
    auto node = StackFixture::with_citus();
    node.settings.citus.cluster_secret = Secret("a secret of this cluster");
    for (const char* words : {"ssl=off", "ssl_cert_file=/a", "ssl_key_file=/a", "ssl_ca_file=/a"}) {
        node.words = {"-c", words};
        const auto refused = node.build();
        ASSERT_FALSE(refused) << words;
        EXPECT_NE(refused.error()[0].text().find("CITUS_TLS_CA_PATH"), std::string::npos);
    }
    for (const char* words : {"ssl=on", "ssl=TRUE", "ssl=tru", "ssl=y"}) {
        node.words = {"-c", words};
        EXPECT_TRUE(node.build()) << words;
    }
    node.words = {"-c", "ssl=off"};
    node.settings.citus.internode_auth = settings::InternodeAuth::password;
    EXPECT_TRUE(node.build());
}

TEST(RolePresets, LeaveTlsToWhoeverSetUpPartOfIt) {
    auto node = StackFixture::with_citus();
    node.words = {"-l"};
    auto stack = node.stack();
    EXPECT_EQ(stack.certificate, NodeCertificate::none);
    EXPECT_EQ(stack.effective("ssl_cert_file"), "server.crt");
    EXPECT_TRUE(stack.effective("citus.node_conninfo").starts_with("sslmode=require "));
    node.words = {"-c", "ssl=off"};
    stack = node.stack();
    EXPECT_EQ(stack.certificate, NodeCertificate::none);
    EXPECT_TRUE(stack.effective("citus.node_conninfo").starts_with("sslmode=prefer "));
    node.words = {"-c", "ssl=ye"};
    EXPECT_TRUE(node.stack().effective("citus.node_conninfo").starts_with("sslmode=require "));
}

TEST(RolePresets, GiveTheListenerACertificateOrRefuseItsTls) {
    auto node = StackFixture::with_citus();
    node.settings.http.listen = HostPort{"", 8009};
    node.settings.http.tls = true;
    EXPECT_EQ(node.stack().certificate, NodeCertificate::self_signed);
    for (const char* words : {"ssl=on", "ssl_cert_file=/a", "ssl_key_file=/a"}) {
        node.words = {"-c", words};
        const auto refused = node.build();
        ASSERT_FALSE(refused) << words;
        EXPECT_NE(refused.error()[0].text().find("CITUS_HTTP_TLS"), std::string::npos);
    }
    node.settings.http.tls = false;
    EXPECT_TRUE(node.build());
}

TEST(RolePresets, LoopBackOverTheSocketWhenLocalhostIsNotListenedOn) {
    auto node = StackFixture::with_citus();
    EXPECT_EQ(node.stack().effective("citus.local_hostname"), "localhost");
    node.words = {"-h", "10.0.0.1", "-k", "/run/a, /run/b"};
    EXPECT_EQ(node.stack().effective("citus.local_hostname"), "/run/a");
    node.words = {"-h", "10.0.0.1", "-k", "sockets"};
    EXPECT_EQ(node.stack().effective("citus.local_hostname"), "/data/sockets");
    node.words = {"-h", "10.0.0.1, LOCALHOST"};
    EXPECT_EQ(node.stack().effective("citus.local_hostname"), "localhost");
}

TEST(Tuned, WorkerProcessesFollowTheCpus) {
    for (const auto& [cpus, workers] : {std::pair{1, "16"}, {2, "16"}, {8, "28"}, {200, "128"}}) {
        auto node = StackFixture::with_citus();
        node.machine.cpus = cpus;
        EXPECT_EQ(node.stack().effective("max_worker_processes"), workers);
    }
}

TEST(GucStack, LetsCitusDecodeForOnlineSplits) {
    constexpr const char* kName = "output_plugin_libraries";
    auto node = StackFixture::with_citus();
    node.output_plugins = {"citus", "wal2json"};
    EXPECT_EQ(node.stack().effective(kName), "pgoutput, test_decoding, citus, wal2json");
    EXPECT_EQ(node.stack().explain(kName).back().layer, Layer::role_preset);
    // The user's are kept. Where they name all of them there is nothing to do.
    node.conf("output_plugin_libraries = 'citus, mine'");
    EXPECT_EQ(node.stack().effective(kName), "citus, mine, wal2json");
    EXPECT_EQ(node.stack().explain(kName).back().layer, Layer::enforced);
    node.conf("output_plugin_libraries = 'wal2json, citus'");
    EXPECT_EQ(node.stack().explain(kName).back().layer, Layer::user_file);
    // A server that does not know the setting.
    node.output_plugins = {};
    node.conf("");
    EXPECT_EQ(node.stack().values.count(kName), 0U);
}

StackFixture with_backup() {
    auto node = StackFixture::with_citus();
    node.settings.backup.emplace();
    node.settings.backup->name = "app";
    node.settings.backup->repository.path = "/backup";
    node.archive_group = 3;
    return node;
}

TEST(GucStack, ArchivesWithPgbackrestToTheStanzaOfTheGroup) {
    auto node = with_backup();
    const auto stack = node.stack();
    EXPECT_EQ(stack.effective("archive_mode"), "on");
    EXPECT_THAT(stack.effective("archive_command"),
                ::testing::StartsWith("pgbackrest --config='/var/run/postgresql/citus_init/"
                                      "pgbackrest.conf' --log-level-stderr=warn --stanza=app-3 "
                                      "archive-push"));
    EXPECT_EQ(stack.effective("archive_timeout"), "60");
    EXPECT_EQ(stack.explain("archive_command").back().origin, "CITUS_BACKUP");
    EXPECT_EQ(stack.effective("max_prepared_transactions"), "200");
    node.conf("max_connections = 300\narchive_timeout = 10");
    EXPECT_EQ(node.stack().effective("max_prepared_transactions"), "600");
    EXPECT_EQ(node.stack().effective("archive_timeout"), "10");
}

// archive_mode on with an empty command: the server keeps its WAL.
TEST(GucStack, KeepsTheWalUntilTheGroupIsKnown) {
    auto node = with_backup();
    node.archive_group = std::nullopt;
    EXPECT_EQ(node.stack().effective("archive_mode"), "on");
    EXPECT_EQ(node.stack().effective("archive_command"), "");
}

TEST(GucStack, LeavesArchivingAloneWithoutBackup) {
    auto node = StackFixture::with_citus();
    node.environment_guc("archive_command", "cp %p /x");
    const auto stack = node.stack();
    EXPECT_EQ(stack.effective("archive_command"), "cp %p /x");
    EXPECT_EQ(stack.effective("archive_mode"), "off");
    EXPECT_EQ(stack.effective("max_prepared_transactions"), "0");
}

TEST(GucStack, RefusesTwoWaysToArchive) {
    for (const auto& [name, value] : {std::pair{"archive_command", "cp %p /hush"},
                                      {"archive_library", "basic_archive"},
                                      {"archive_mode", "off"},
                                      {"archive_mode", "always"},
                                      {"wal_level", "minimal"}}) {
        auto node = with_backup();
        node.environment_guc(name, value);
        const auto built = node.build();
        ASSERT_FALSE(built) << name;
        ASSERT_EQ(built.error().size(), 1U) << name;
        EXPECT_THAT(built.error()[0].text(),
                    ::testing::HasSubstr(std::string("CITUS_GUC_X: sets ") + name));
        EXPECT_THAT(built.error()[0].text(), ::testing::Not(::testing::HasSubstr("hush")));
    }
    auto node = with_backup();
    node.files.add_file("/data/postgresql.auto.conf", "archive_command = 'x'");
    ASSERT_FALSE(node.build());
    EXPECT_THAT(node.build().error()[0].text(),
                ::testing::HasSubstr("/data/postgresql.auto.conf:1"));
    auto agreeing = with_backup();
    agreeing.environment_guc("archive_mode", "on");
    EXPECT_TRUE(agreeing.build());
}

}  // namespace
}  // namespace citus_init::render
