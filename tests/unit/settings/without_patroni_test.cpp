#include "citus_init/settings/without_patroni.h"

#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

using testing::IsEmpty;

const HostPort kHere{"a1.example", 6432};
const HostPort kCoordinator{"c1.example", 7432};

// A member with everything that may come from variables of Patroni's.
Environment member(const char* group) {
    return {{"CITUS_HA", "patroni"},
            {"CITUS_CLUSTER_SECRET", "9f1c7a52e08b4d639f1c7a52e08b4d63"},
            {"CITUS_BACKUP", "pgbackrest"},
            {"CITUS_BACKUP_REPO", "posix:/backup"},
            {"CITUS_RESTORE", "latest"},
            {"CITUS_RESTORE_GROUP", "9"},
            {"CITUS_EXPECTED_WORKER_GROUPS", "1"},
            {"CITUS_GUC_WORK_MEM", "5MB"},
            {"CITUS_PATRONI_TTL", "30s"},
            {"PATRONI_SCOPE", "demo"},
            {"PATRONI_NAME", "a1"},
            {"PATRONI_CITUS_GROUP", group},
            {"PATRONI_CITUS_DATABASE", "shop"},
            {"PATRONI_ETCD3_HOSTS", "etcd1:2379"},
            {"PATRONI_POSTGRESQL_LISTEN", "10.0.0.1:6432"},
            {"PATRONI_POSTGRESQL_DATA_DIR", "/volume/data"},
            {"PATRONI_SUPERUSER_USERNAME", "admin"},
            {"PATRONI_SUPERUSER_PASSWORD", "secret"},
            {"PATRONI_RESTAPI_USERNAME", "rest"},
            {"PATRONI_RESTAPI_PASSWORD", "pw"},
            {"PATRONI_LOG_LEVEL", "DEBUG"}};
}

Outcome restored(const Environment& environment) {
    const auto loaded = load(environment);
    EXPECT_THAT(loaded.problems, IsEmpty());
    return load(without_patroni(loaded.resolved, loaded.settings, kHere, kCoordinator));
}

TEST(WithoutPatroni, AMemberIsTheSameNode) {
    const auto as_member = load(member("1")).settings;
    const auto [settings, resolved, warnings, problems] = restored(member("1"));
    EXPECT_THAT(problems, IsEmpty());
    EXPECT_THAT(warnings, IsEmpty());
    EXPECT_FALSE(settings.patroni);
    EXPECT_EQ(settings.postgres.data_directory, "/volume/data");
    EXPECT_EQ(settings.postgres.user, "admin");
    EXPECT_EQ(settings.postgres.password.reveal(), "secret");
    EXPECT_EQ(settings.postgres.port, 6432);
    EXPECT_EQ(settings.citus.database, "shop");
    EXPECT_EQ(settings.citus.cluster_secret, as_member.citus.cluster_secret);
    EXPECT_EQ(settings.supervisor, as_member.supervisor);
    EXPECT_EQ(settings.postgresql_conf.environment.at("work_mem").text, "5MB");
    EXPECT_EQ(settings.postgresql_conf.environment.at("listen_addresses").text, "10.0.0.1");
}

TEST(WithoutPatroni, AMemberOfAWorkerGroupIsThatWorker) {
    const auto settings = restored(member("3")).settings;
    EXPECT_EQ(settings.citus.role, Role::worker);
    EXPECT_EQ(settings.citus.node_host, kHere.host);
    EXPECT_EQ(settings.citus.node_port, kHere.port);
    EXPECT_EQ(settings.citus.coordinator_host, kCoordinator.host);
    EXPECT_EQ(settings.citus.coordinator_port, kCoordinator.port);
    EXPECT_EQ(settings.backup->restore.group, 3);
}

TEST(WithoutPatroni, AMemberOfGroupZeroIsTheCoordinator) {
    const auto settings = restored(member("0")).settings;
    EXPECT_EQ(settings.citus.role, Role::coordinator);
    EXPECT_TRUE(settings.citus.may_have_workers());
    EXPECT_FALSE(settings.backup->restore.group);
}

TEST(WithoutPatroni, NodesOfPasswordsGoOnWithThem) {
    auto environment = member("0");
    environment.erase("CITUS_CLUSTER_SECRET");
    environment["CITUS_INTERNODE_AUTH"] = "password";
    environment["PATRONI_REPLICATION_PASSWORD"] = environment["PATRONI_REWIND_PASSWORD"] = "x";
    const auto settings = restored(environment).settings;
    EXPECT_EQ(settings.citus.internode_auth, InternodeAuth::password);
    EXPECT_TRUE(settings.citus.may_have_workers());
}

}  // namespace
}  // namespace citus_init::settings
