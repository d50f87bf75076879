#include "citus_init/render/authentication_files.h"

#include "golden.h"
#include "stack_inputs.h"

namespace citus_init::render {
namespace {

using citus_init::test::expect_golden;

constexpr const char* kUserHba =
    "# the user's @comment\n"
    "local all all trust\n"
    "host @databases,db2,@/abs/list @\"my users\" all scram-sha-256 # @x\n"
    "host all \"@quoted\" a@b all md5\n"
    "include more.conf\n"
    "include_dir \"conf d\" # why\n"
    "include_if_exists /abs.conf\n"
    "host all all all scram-sha-256";

TEST(PgHba, IsTheUsersOwnUnlessThereIsSomethingToAdd) {
    auto node = StackFixture::with_citus();
    EXPECT_EQ(render_pg_hba(node.settings, {}, "/data/pg_hba.conf", kUserHba), std::nullopt);
    node.settings.citus.role = settings::Role::worker;
    EXPECT_EQ(render_pg_hba(node.settings, {}, "/data/pg_hba.conf", kUserHba), std::nullopt);
    node.settings.citus.role = settings::Role::coordinator;
    node.settings.citus.internode_auth = settings::InternodeAuth::trust;
    EXPECT_EQ(render_pg_hba(node.settings, {}, "/data/pg_hba.conf", kUserHba), std::nullopt);
}

TEST(PgHba, PutsOurLinesThenTheBlockThenTheUsersFile) {
    auto node = StackFixture::with_citus();
    node.settings.citus.internode_auth = settings::InternodeAuth::trust;
    node.settings.citus.workers = {{"w1", 5432}};
    node.settings.postgresql_conf.hba = "hostssl all app 10.0.0.0/8 scram-sha-256";
    const auto text = render_pg_hba(node.settings, {}, "/data/pg_hba.conf", kUserHba);
    ASSERT_TRUE(text);
    expect_golden(*text, "pg_hba.conf");
}

settings::Settings mesh_of(settings::Role role) {
    auto node = StackFixture::with_citus();
    node.settings.citus.role = role;
    node.settings.citus.cluster_secret = Secret("a secret of this cluster");
    return node.settings;
}

TEST(PgHba, AsksNodesOnACoordinatorForTheirCertificatesAndClientsAsTheUserSays) {
    auto settings = mesh_of(settings::Role::coordinator);
    settings.citus.node_networks = {"10.9.0.0/16"};
    settings.postgresql_conf.hba = "hostssl all monitor 10.0.0.0/8 scram-sha-256";
    const auto text = render_pg_hba(settings, {"a_node", {"10.0.0.1", "fd00::2"}},
                                    "/data/pg_hba.conf", "host all all all scram-sha-256");
    ASSERT_TRUE(text);
    expect_golden(*text, "pg_hba_coordinator.conf");
}

TEST(PgHba, LetsNodesOnlyOntoAWorkerUnlessClientsAreWanted) {
    auto settings = mesh_of(settings::Role::worker);
    const auto text = render_pg_hba(settings, {"a_node", {"10.0.0.1"}}, "/data/pg_hba.conf",
                                    "host all all all scram-sha-256");
    ASSERT_TRUE(text);
    expect_golden(*text, "pg_hba_worker.conf");
    settings.citus.worker_clients = true;
    const auto open = render_pg_hba(settings, {"a_node", {"10.0.0.1"}}, "/data/pg_hba.conf", "");
    ASSERT_TRUE(open);
    EXPECT_EQ(open->find("hostssl all all all"), std::string::npos);
    EXPECT_NE(open->find("hostssl all all 10.0.0.1/32 trust clientcert=verify-ca"),
              std::string::npos);
}

TEST(PgHba, IsTheOneThatTheSettingsName) {
    StackFixture node;
    EXPECT_EQ(user_hba_path(node.stack()), "/data/pg_hba.conf");
    node.words = {"-c", "hba_file=/etc/hba"};
    EXPECT_EQ(user_hba_path(node.stack()), "/etc/hba");
}

TEST(Pgpass, EscapesWhatSeparates) {
    auto node = StackFixture::with_citus();
    node.settings.postgres.user = "we:ird\\";
    node.settings.postgres.password = Secret("pa:ss\\word\nsecond line");
    const auto pgpass = render_pgpass(node.settings);
    ASSERT_TRUE(pgpass);
    EXPECT_EQ(pgpass->reveal(), "*:*:*:we\\:ird\\\\:pa\\:ss\\\\word\n");
}

TEST(Pgpass, IsNotThereWithoutNeed) {
    auto node = StackFixture::with_citus();
    EXPECT_FALSE(render_pgpass(node.settings));
    node.settings.postgres.password = Secret("x");
    EXPECT_TRUE(render_pgpass(node.settings));
    node.settings.citus.internode_auth = settings::InternodeAuth::trust;
    EXPECT_FALSE(render_pgpass(node.settings));
    node.settings.citus.internode_auth = settings::InternodeAuth::certificate;
    EXPECT_TRUE(render_pgpass(node.settings));  // no authority: a standalone node
    node.settings.citus.cluster_secret = Secret("a secret of this cluster");
    EXPECT_FALSE(render_pgpass(node.settings));
    node.settings.citus.internode_auth = settings::InternodeAuth::password;
    EXPECT_TRUE(render_pgpass(node.settings));
    node.settings.citus.enable = false;
    EXPECT_FALSE(render_pgpass(node.settings));
}

}  // namespace
}  // namespace citus_init::render
