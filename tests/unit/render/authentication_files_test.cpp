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
}

// Who chooses "trust" has workers, or expects such as announce themselves.
TEST(PgHba, TrustsTheNetworkWhereThatWasChosenAndNodesMayCome) {
    const auto trusts = [](const settings::CitusSettings& citus) {
        StackFixture node;
        node.settings.citus = citus;
        const auto text = render_pg_hba(node.settings, {}, "/data/pg_hba.conf", kUserHba);
        return text && text->find("host all all samenet trust") != std::string::npos;
    };
    settings::CitusSettings citus;
    citus.internode_auth = settings::InternodeAuth::trust;
    EXPECT_FALSE(trusts(citus)) << "without Citus";
    citus.enable = true;
    EXPECT_TRUE(trusts(citus)) << "announced workers";
    citus.worker_discovery.emplace();
    EXPECT_TRUE(trusts(citus)) << "discovered workers";
    citus.worker_discovery.reset();
    citus.workers = {{"w1", 5432}};
    EXPECT_TRUE(trusts(citus)) << "listed workers";
    citus.role = settings::Role::worker;
    citus.workers.clear();
    EXPECT_TRUE(trusts(citus)) << "worker";
    for (const auto role : {settings::Role::coordinator, settings::Role::worker}) {
        for (const auto other :
             {settings::InternodeAuth::certificate, settings::InternodeAuth::password}) {
            citus.role = role;
            citus.internode_auth = other;
            EXPECT_FALSE(trusts(citus)) << "another way";
        }
    }
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

TEST(OwnLogin, KnowsWhetherTheUsersLinesLetItIn) {
    const auto lets_in = [](const char* hba) {
        return lets_in_over_socket(hba, "postgres", "postgres");
    };
    EXPECT_TRUE(lets_in("# x\nhost all all all md5\nlocal all all trust\n"));
    EXPECT_TRUE(lets_in("local all \"postgres\" peer\nlocal all all md5\n"));
    EXPECT_TRUE(lets_in("local all app md5\nlocal all all trust\n"));
    for (const char* hba :
         {"", "local all all scram-sha-256", "local all all reject\nlocal all all trust",
          "local all all peer map=x", "local db all trust\nlocal all all md5",
          "local db all md5\nlocal all all trust", "local all +dba md5\nlocal all all trust",
          "include other.conf\nlocal all all trust", "\"local\" all all md5\nlocal all all trust",
          R"(local all "a,all" trust)", "local all all \\\r\nmd5\nlocal all all trust"}) {
        EXPECT_FALSE(lets_in(hba)) << hba;
    }
    EXPECT_FALSE(lets_in_over_socket("local all all peer", "app", "postgres"));
}

TEST(OwnLogin, StandsBeforeTheUsersLinesWhereTheyMayRefuseIt) {
    auto node = StackFixture::with_citus();
    const auto lines = [&](SuperuserLogin superuser, const char* hba) {
        return own_login_lines(node.settings, "pg", superuser, hba);
    };
    EXPECT_EQ(lines(SuperuserLogin::as_configured, "local all all trust"), "");
    const std::string own = lines(SuperuserLogin::as_configured, "local all all md5");
    EXPECT_EQ(own,
              "\n# citus-init's own sessions, from this node's own user only\n"
              "local all citus_init peer map=citus_init\n");
    EXPECT_EQ(lines(SuperuserLogin::until_role_exists, "local all all md5"),
              own + "local all \"" + node.settings.postgres.user + "\" peer map=citus_init\n");
    EXPECT_EQ(own_login_lines(node.settings, "", SuperuserLogin::as_configured, ""), "");
    Nodes nodes{"a_node", {}};
    nodes.own_login_lines = own;
    const auto text = render_pg_hba(node.settings, nodes, "/d/pg_hba.conf", "local all all md5\n");
    ASSERT_TRUE(text);
    EXPECT_LT(text->find("citus_init peer"), text->find("local all all md5"));
    // The block counts, too.
    node.settings.postgresql_conf.hba = "local all all reject";
    EXPECT_NE(lines(SuperuserLogin::as_configured, "local all all trust"), "");
    node.settings.citus.enable = false;
    EXPECT_EQ(lines(SuperuserLogin::as_configured, "local all all md5"), "");
}

TEST(OwnLogin, IsTheServersUsersAlone) {
    EXPECT_EQ(render_pg_ident("app", "pg", "/d/pg_ident.conf", "m a b\ninclude more\n"),
              "# Written by citus-init at every start. Do not edit: changes here are lost.\n"
              "citus_init \"pg\" citus_init\ncitus_init \"pg\" \"app\"\n\n# /d/pg_ident.conf\n"
              "m a b\ninclude \"/d/more\"\n\n");
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

TEST(PgHba, ShutsClientsOutOfAMeshBeforeAnyOtherLine) {
    auto settings = mesh_of(settings::Role::worker);
    settings.citus.worker_clients = true;
    settings.postgresql_conf.hba = "host all app all md5";
    const auto text = render_pg_hba(settings, {"a_node", {"10.0.0.1"}}, "/data/pg_hba.conf",
                                    "host all all all trust", Clients::shut_out);
    ASSERT_TRUE(text);
    const auto nodes = text->find(
        "hostssl all all all trust clientcert=verify-ca\n"
        "host all all all reject\n");
    ASSERT_NE(nodes, std::string::npos);
    EXPECT_LT(nodes, text->find("host all app all md5"));
    EXPECT_LT(nodes, text->find("hostssl all a_node"));
}

TEST(PgHba, IsOursWhereClientsMayHaveToBeShutOut) {
    auto node = StackFixture::with_citus();
    node.settings.citus.role = settings::Role::worker;
    const auto open =
        render_pg_hba(node.settings, {}, "/data/pg_hba.conf", kUserHba, Clients::may_be_shut_out);
    ASSERT_TRUE(open);
    EXPECT_NE(open->find("host all all all scram-sha-256"), std::string::npos);
    const auto closed =
        render_pg_hba(node.settings, {}, "/data/pg_hba.conf", kUserHba, Clients::shut_out);
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->find("host all all all"), std::string::npos);
    EXPECT_NE(closed->find("host all \"postgres\" all scram-sha-256"), std::string::npos);
}

TEST(PgHba, IsCutDownToOneRole) {
    const auto cut = [](const char* text) { return hba_for_one_role(text, "postgres"); };
    EXPECT_EQ(cut("local all all trust"), "local all all trust\n");
    EXPECT_EQ(cut("# host all all all md5"), "# host all all all md5\n");
    EXPECT_EQ(cut("host all all samenet trust # why"), "host all \"postgres\" samenet trust\n");
    EXPECT_EQ(cut("hostssl db app, postgres 10.0.0.0 255.0.0.0 md5"),
              "hostssl db \"postgres\" 10.0.0.0 255.0.0.0 md5\n");
    EXPECT_EQ(cut("host all \"postgres\" all cert map=\"a b\""),
              "host all \"postgres\" all cert map=\"a b\"\n");
    EXPECT_EQ(cut("host all app all md5"), "");
    EXPECT_EQ(cut("host all \"all\" all md5"), "") << "a role that is named all";
    EXPECT_EQ(cut("host all app,bob all reject"), "");
    EXPECT_EQ(cut("host all postgres all reject"), "host all \"postgres\" all reject\n");
    EXPECT_EQ(cut("include \"/more\""), "");
    // Who is in a group only the server knows, and it may be refused or asked for more there.
    EXPECT_EQ(cut("host all +admins all md5"), "host all \"postgres\" all reject\n");
    EXPECT_EQ(cut("host all @\"/names\" 10.0.0.0 255.0.0.0 md5"),
              "host all \"postgres\" 10.0.0.0 255.0.0.0 reject\n");
    EXPECT_EQ(cut("host all /^p 10.0.0.0/8 md5"), "host all \"postgres\" 10.0.0.0/8 reject\n");
    EXPECT_EQ(cut("host all all \\\n  10.0.0.0/8 md5\nhost all all \\\n0.0.0.0/0 md5"),
              "host all \"postgres\" 10.0.0.0/8 md5\nhost all \"postgres\" 0.0.0.0/0 md5\n");
}

TEST(PgHba, IsCutDownByTheWordsThatTheServerReads) {
    const auto cut = [](const char* text) { return hba_for_one_role(text, "postgres"); };
    EXPECT_EQ(cut("# why \\\r\nhost all all all trust\r\n"), "# why host all all all trust\n");
    EXPECT_EQ(cut(R"(host all "a,all,b" all trust)"), "") << "one role, with commas in its name";
    EXPECT_EQ(cut(R"(host all postgre"s" all reject)"), "host all \"postgres\" all reject\n");
    EXPECT_EQ(cut("hostssl all all all trust\rclientcert=verify-full"),
              "hostssl all \"postgres\" all trust clientcert=verify-full\n");
    EXPECT_EQ(cut("host all all 10.0.0.0/8 \\ \nlocal all all trust"), "local all all trust\n")
        << "no backslash may take in the next line";
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
