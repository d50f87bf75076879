#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/settings/registry.h"

#include "settings/patroni_value.h"
#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

// The least that loads.
Environment member(const Environment& more = {}) {
    Environment environment{{"CITUS_HA", "patroni"},
                            {"CITUS_CLUSTER_SECRET", "9f1c7a52e08b4d639f1c7a52e08b4d63"},
                            {"PATRONI_SCOPE", "demo"},
                            {"PATRONI_CITUS_GROUP", "1"},
                            {"PATRONI_ETCD3_HOSTS", "etcd1:2379"},
                            {"PATRONI_RESTAPI_USERNAME", "rest"},
                            {"PATRONI_RESTAPI_PASSWORD", "pw"}};
    for (const auto& [name, value] : more) {
        environment[name] = value;
    }
    return environment;
}

TEST(PatroniSettings, ComeWithWhatFollowsFromThem) {
    const auto loaded = load(member());
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings, IsEmpty());
    ASSERT_TRUE(loaded.settings.patroni);
    EXPECT_TRUE(loaded.settings.citus.enable);
    EXPECT_EQ(loaded.settings.citus.role, Role::worker);
    EXPECT_EQ(loaded.settings.citus.database, "citus");
    EXPECT_EQ(loaded.settings.supervisor.stop_timeout, std::chrono::seconds(60));
    EXPECT_EQ(loaded.settings.patroni->listen, (ListenAddress{"0.0.0.0", 5432}));
    EXPECT_EQ(loaded.settings.patroni->etcd3.hosts, (std::vector<HostPort>{{"etcd1", 2379}}));
}

TEST(PatroniSettings, PutWhatANodeHasAnywayWhereItAlwaysStands) {
    const auto settings = load(member({{"PATRONI_SUPERUSER_USERNAME", "admin"},
                                       {"POSTGRES_PASSWORD", "one"},
                                       {"PATRONI_SUPERUSER_PASSWORD", "two"},
                                       {"PATRONI_POSTGRESQL_DATA_DIR", "/data/pgdata"},
                                       {"PATRONI_POSTGRESQL_BIN_DIR", "/pg/bin"},
                                       {"PATRONI_POSTGRESQL_LISTEN", "10.0.0.1,localhost:5433"},
                                       {"PATRONI_CITUS_DATABASE", "shop"},
                                       {"PATRONI_CITUS_GROUP", "0"}}))
                              .settings;
    EXPECT_EQ(settings.postgres.user, "admin");
    EXPECT_EQ(settings.postgres.password.reveal(), "two");
    EXPECT_EQ(settings.postgres.data_directory, "/data/pgdata");
    EXPECT_EQ(settings.postgres.bin_directory, "/pg/bin");
    EXPECT_EQ(settings.postgres.port, 5433);
    EXPECT_EQ(settings.citus.database, "shop");
    EXPECT_EQ(settings.citus.role, Role::coordinator);
}

TEST(PatroniSettings, AreAskedForAllAtOnce) {
    EXPECT_THAT(load({{"CITUS_HA", "patroni"}, {"CITUS_INTERNODE_AUTH", "password"}}).problems,
                ElementsAre(HasSubstr("PATRONI_CITUS_GROUP: is not set"),
                            HasSubstr("PATRONI_ETCD3_HOSTS: is not set"),
                            HasSubstr("PATRONI_REPLICATION_PASSWORD: is not set"),
                            HasSubstr("PATRONI_RESTAPI_PASSWORD: is not set"),
                            HasSubstr("PATRONI_RESTAPI_USERNAME: is not set"),
                            HasSubstr("PATRONI_REWIND_PASSWORD: is not set"),
                            HasSubstr("PATRONI_SCOPE: is not set"),
                            HasSubstr("PATRONI_SUPERUSER_PASSWORD: is not set")));
    auto without_secret = member();
    without_secret.erase("CITUS_CLUSTER_SECRET");
    EXPECT_THAT(load(without_secret).problems,
                Contains(HasSubstr("CITUS_CLUSTER_SECRET: is not set")));
}

TEST(PatroniSettings, AreReadWithPatroniOnly) {
    const auto loaded = load({{"PATRONI_SCOPE", "Not A Scope"},
                              {"PATRONI_LOG_LEVEL", "DEBUG"},
                              {"PATRONI_CONFIGURATION", "{}"},
                              {"CITUS_PATRONI_TTL", "x"},
                              {"PATRONI_PORT", "tcp://10.0.0.1:8008"}});
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_EQ(loaded.settings.patroni, std::nullopt);
    EXPECT_THAT(
        loaded.warnings,
        UnorderedElementsAre(
            "PATRONI_SCOPE: has no effect without CITUS_HA=patroni. Set CITUS_HA=patroni, or "
            "remove it.",
            "CITUS_PATRONI_TTL: has no effect without CITUS_HA=patroni. Set CITUS_HA=patroni, or "
            "remove it.",
            "PATRONI_LOG_LEVEL: has no effect without CITUS_HA=patroni. Remove it.",
            "PATRONI_CONFIGURATION: has no effect without CITUS_HA=patroni. Remove it."));
    EXPECT_THAT(load_yaml("patroni: {tags: {a: 1}}").warnings,
                ElementsAre(HasSubstr("patroni in the YAML file: has no effect")));
}

struct Contradiction {
    Environment environment;
    std::string problem;
};

class Contradictory : public testing::TestWithParam<Contradiction> {};

TEST_P(Contradictory, IsTold) {
    EXPECT_THAT(load(member(GetParam().environment)).problems,
                ElementsAre(HasSubstr(GetParam().problem)));
}

INSTANTIATE_TEST_SUITE_P(
    PatroniSettings, Contradictory,
    testing::Values(
        Contradiction{{{"CITUS_ROLE", "coordinator"}},
                      "CITUS_ROLE: and PATRONI_CITUS_GROUP=1 contradict each other"},
        Contradiction{{{"CITUS_ROLE", "worker"}, {"PATRONI_CITUS_GROUP", "0"}},
                      "CITUS_ROLE: and PATRONI_CITUS_GROUP=0 contradict each other"},
        Contradiction{{{"CITUS_ENABLE", "false"}}, "CITUS_ENABLE: is false"},
        Contradiction{{{"CITUS_PATRONI_TTL", "14s"}},
                      "CITUS_PATRONI_TTL: is 14 s, less than CITUS_PATRONI_LOOP_WAIT and twice "
                      "CITUS_PATRONI_RETRY_TIMEOUT (15 s)"},
        Contradiction{{{"PATRONI_CONFIGURATION", "{}"}}, "PATRONI_CONFIGURATION: has no place"},
        Contradiction{{{"PATRONI_ADMIN_PASSWORD", "x"}}, "PATRONI_ADMIN_PASSWORD: is no variable"},
        Contradiction{{{"PATRONI_ADMIN_PASSWORD_FILE", "/x"}}, "PATRONI_ADMIN_PASSWORD_FILE: is"},
        Contradiction{{{"PATRONI_NAME", "Node_1"}}, "\"Node_1\" is not a name for a member"},
        Contradiction{{{"PATRONI_SCOPE", "a/b"}}, "\"a/b\" is not a name for a cluster"},
        Contradiction{{{"PATRONI_CITUS_GROUP", "-1"}}, "is not a whole number from 0"},
        Contradiction{{{"PATRONI_RESTAPI_CERTFILE", "/a"}}, "and PATRONI_RESTAPI_KEYFILE belong"},
        Contradiction{{{"PATRONI_ETCD3_CERT", "/a"}}, "and PATRONI_ETCD3_KEY belong together"},
        Contradiction{{{"PATRONI_ETCD3_PASSWORD", "a"}}, "and PATRONI_ETCD3_PASSWORD belong"},
        Contradiction{{{"PATRONI_ETCD3_URL", "http://etcd.example.com:2379"},
                       {"PATRONI_ETCD3_USERNAME", "a"},
                       {"PATRONI_ETCD3_PASSWORD", "b"}},
                      "and PATRONI_ETCD3_URL cannot be used together"},
        Contradiction{{{"PATRONI_POSTGRESQL_CONNECT_ADDRESS", "localhost:5432"}},
                      "is a loopback address"},
        Contradiction{{{"PATRONI_POSTGRESQL_LISTEN", "0.0.0.0:5433"}, {"PGPORT", "5432"}},
                      "has another port than PGPORT"},
        Contradiction{{{"CITUS_PATRONI_LOOP_WAIT", "1.5s"}}, "is not a whole number of seconds"},
        Contradiction{{{"CITUS_WORKERS", "w1"}}, "CITUS_WORKERS: has no place"},
        Contradiction{{{"POSTGRES_HOST_AUTH_METHOD", "trust"}}, "POSTGRES_HOST_AUTH_METHOD: is"},
        Contradiction{{{"CITUS_PATRONI_DIR", "/data/run"}}, "is in the data directory"},
        Contradiction{{{"CITUS_DATA_SLOTS", "true"}}, "CITUS_DATA_SLOTS: has no place"},
        Contradiction{{{"CITUS_TEMPLATE", "require"}}, "CITUS_TEMPLATE: is require"},
        Contradiction{{{"CITUS_PG_UPGRADE", "true"}}, "CITUS_PG_UPGRADE: has no place"},
        Contradiction{{{"CITUS_HA", "pacemaker"}}, "CITUS_HA: \"pacemaker\" is not"}));

TEST(PatroniSettings, NeedNoEtcdWithAnotherStore) {
    auto environment = member({{"PATRONI_CONSUL_HOST", "consul:8500"}});
    environment.erase("PATRONI_ETCD3_HOSTS");
    EXPECT_THAT(load(environment).problems, IsEmpty());
    environment.erase("PATRONI_CONSUL_HOST");
    EXPECT_THAT(load_yaml("patroni: {zookeeper: {hosts: [zk:2181]}}", environment).problems,
                IsEmpty());
    environment["PATRONI_ETCD_HOST"] = "etcd:2379";
    const auto old = load(environment);
    EXPECT_THAT(old.problems, ElementsAre(HasSubstr("PATRONI_ETCD3_HOSTS: is not set")));
}

TEST(PatroniSettings, SayTheirDefaultsAsTheReferenceDoes) {
    const auto defaults = load(member()).settings;
    int checked = 0;
    for (const Variable* variable : variables()) {
        const std::string text(variable->default_text);
        const auto end = text.find('`', 1);
        if (variable->group == Group::patroni && text[0] == '`' &&
            find_variable(text.substr(1, end - 1)) == nullptr) {
            const auto given =
                load(member({{std::string(variable->name), text.substr(1, end - 1)}}));
            EXPECT_EQ(given.settings, defaults) << variable->name;
            ++checked;
        }
    }
    EXPECT_GE(checked, 12);
}

TEST(PatroniSettings, TakeTheirSecretsFromFilesAndLoadTheSameWithoutThem) {
    test::FakeFilesystem files;
    files.add_file("/rest", "from a file\n");
    files.add_file(kDefaultYamlPath, "patroni: {tags: {a: on}}\n");
    auto environment = member({{"PATRONI_RESTAPI_PASSWORD_FILE", "/rest"}});
    environment.erase("PATRONI_RESTAPI_PASSWORD");
    const auto loaded = load(environment, files);
    ASSERT_THAT(loaded.problems, IsEmpty());
    EXPECT_EQ(loaded.settings.patroni->rest_api.credentials.password.reveal(), "from a file");
    EXPECT_EQ(load(loaded.resolved).settings, loaded.settings);
}

TEST(PatroniEnvironment, HasNeitherSecretsNorWhatIsRendered) {
    const auto split = patroni_environment(member({{"PATRONI_LOG_LEVEL", "DEBUG"},
                                                   {"PATRONI_CONSUL_HOST", "consul"},
                                                   {"PATRONI_REWIND_PASSWORD_FILE", "/secret"},
                                                   {"POSTGRES_PASSWORD", "secret"},
                                                   {"PATH", "/bin"}}));
    EXPECT_THAT(split.passed_on, ElementsAre("PATRONI_CONSUL_HOST", "PATRONI_LOG_LEVEL"));
    EXPECT_THAT(
        split.environment,
        UnorderedElementsAre(testing::Pair("CITUS_HA", "patroni"), testing::Pair("PATH", "/bin"),
                             testing::Pair("PATRONI_CONSUL_HOST", "consul"),
                             testing::Pair("PATRONI_LOG_LEVEL", "DEBUG")));
}

TEST(EtcdHosts, AreTakenInPatronisFormToo) {
    const std::vector<HostPort> expected{{"a", 2379}, {"b", 2380}};
    for (const char* text : {"a,b:2380", "'a:2379', 'b:2380'", "[\"a\", \"b:2380\"]"}) {
        EXPECT_EQ(parse_etcd_hosts(text).value(), expected) << text;
    }
    EXPECT_EQ(parse_etcd_hosts("[::1]:2379,[fd00::2]").value(),
              (std::vector<HostPort>{{"::1", 2379}, {"fd00::2", 2379}}));
    EXPECT_FALSE(parse_etcd_hosts("http:" + std::string("//a:2379")));
}

}  // namespace
}  // namespace citus_init::settings
