#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kClusterSecret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

Environment worker(Environment more) {
    more.insert({{"CITUS_ENABLE", "true"},
                 {"CITUS_ROLE", "worker"},
                 {"CITUS_COORDINATOR_HOST", "coordinator"},
                 {"CITUS_CLUSTER_SECRET", kClusterSecret}});
    return more;
}

Environment coordinator(Environment more) {
    more.insert({{"CITUS_ENABLE", "true"},
                 {"CITUS_WORKERS", "w1,w2"},
                 {"CITUS_CLUSTER_SECRET", kClusterSecret}});
    return more;
}

TEST(Combinations, AcceptAClusterAndAStandaloneNode) {
    for (const auto& environment : {worker({}), coordinator({}), {{"CITUS_ENABLE", "true"}}}) {
        const auto loaded = load(environment);
        EXPECT_THAT(loaded.problems, IsEmpty());
        EXPECT_THAT(loaded.warnings, IsEmpty());
    }
}

TEST(Combinations, LeaveTheCoordinatorsPortToItselfAndAssume5432OnAWorker) {
    EXPECT_EQ(load(coordinator({})).settings.citus.coordinator_port, std::nullopt);
    EXPECT_EQ(load(worker({})).settings.citus.coordinator_port, 5432);
}

TEST(Combinations, RefuseTuningAndPresetsWhereTheyHaveNoPlace) {
    const auto problems_of = [](Environment environment) {
        return testing::Contains(HasSubstr(environment.begin()->first + ": "));
    };
    for (const Environment& wrong :
         {Environment{{"CITUS_TUNE", "auto"}}, Environment{{"CITUS_PRESET", "test"}}}) {
        Environment patroni = wrong;
        patroni.emplace("CITUS_HA", "patroni");
        EXPECT_THAT(load(patroni).problems, problems_of(wrong));
    }
    EXPECT_THAT(load({{"CITUS_PRESET", "test"},
                      {"CITUS_BACKUP", "pgbackrest"},
                      {"CITUS_BACKUP_REPO", "posix:/backup"}})
                    .problems,
                ElementsAre(HasSubstr("CITUS_PRESET: \"test\" and CITUS_BACKUP=pgbackrest")));
    EXPECT_THAT(load({{"CITUS_MEMORY", "1GB"}}).warnings,
                ElementsAre(HasSubstr("CITUS_MEMORY: has no effect without CITUS_TUNE=auto")));
    const auto tuned =
        load({{"CITUS_TUNE", "auto"}, {"CITUS_MEMORY", "1GB"}, {"CITUS_CPUS", "1.5"}});
    EXPECT_THAT(tuned.problems, IsEmpty());
    EXPECT_EQ(tuned.settings.tuning, (TuningSettings{true, 1073741824.0, 1.5}));
}

TEST(Combinations, RequireTheCoordinatorOnAWorker) {
    EXPECT_THAT(load(worker({{"CITUS_COORDINATOR_HOST", ""}})).problems,
                ElementsAre(HasSubstr("CITUS_COORDINATOR_HOST: is not set, and a worker")));
    // One problem for one mistake.
    EXPECT_THAT(load(worker({{"CITUS_COORDINATOR_HOST", "a b"}})).problems,
                ElementsAre(HasSubstr("\"a b\" is not a host name")));
}

TEST(Combinations, RefuseWorkersOnAWorker) {
    EXPECT_THAT(load(worker({{"CITUS_WORKERS", "w1"}})).problems,
                ElementsAre(HasSubstr("CITUS_WORKERS: is for the coordinator")));
}

TEST(Combinations, RefuseDiscoveryOnAWorkerAndWithoutCitus) {
    EXPECT_THAT(load(worker({{"CITUS_WORKER_DISCOVERY", "dns:worker"}})).problems,
                ElementsAre(HasSubstr("CITUS_WORKER_DISCOVERY: is for the coordinator")));
    EXPECT_THAT(load({{"CITUS_WORKER_DISCOVERY", "dns:worker"}}).problems,
                ElementsAre(HasSubstr("CITUS_WORKER_DISCOVERY: discovers workers, but Citus is")));
}

TEST(Combinations, WarnOfWhatNeedsAListener) {
    for (const char* name : {"CITUS_HTTP_TLS", "CITUS_METRICS_TABLES"}) {
        EXPECT_THAT(load(coordinator({{name, "true"}})).warnings,
                    ElementsAre(HasSubstr("has no effect without CITUS_HTTP_LISTEN")));
    }
    const std::string token = "0123456789abcdef";
    EXPECT_THAT(load({{"CITUS_HTTP_TOKEN", token}}).warnings,
                ElementsAre(testing::AllOf(HasSubstr("CITUS_HTTP_TOKEN: has no effect"),
                                           testing::Not(HasSubstr(token)))));
    EXPECT_THAT(load({{"CITUS_HTTP_LISTEN", ":8009"}, {"CITUS_HTTP_TOKEN", token}}).warnings,
                IsEmpty());
}

TEST(Combinations, RefuseTlsWithoutCitus) {
    EXPECT_THAT(load({{"CITUS_HTTP_LISTEN", ":8009"}, {"CITUS_HTTP_TLS", "on"}}).problems,
                ElementsAre(HasSubstr("CITUS_HTTP_TLS: needs the certificate of a Citus node")));
}

TEST(Combinations, RefuseTheServersPortForHttp) {
    const auto settings = load({{"CITUS_HTTP_LISTEN", ":6000"}}).settings;
    EXPECT_FALSE(check_http_port(settings, 5432));
    ASSERT_TRUE(check_http_port(settings, 6000));
    EXPECT_THAT(check_http_port(settings, 6000)->reason, HasSubstr("port of the server"));
    EXPECT_FALSE(check_http_port(load({}).settings, 5432));
}

TEST(Combinations, RefuseATokenThatIsShortOrNoHeaderTakes) {
    for (const char* token :
         {"short", "0123456789abcde", "with spaces in it yes", "quote\"quote\"quote"}) {
        EXPECT_THAT(load({{"CITUS_HTTP_LISTEN", ":8009"}, {"CITUS_HTTP_TOKEN", token}}).problems,
                    ElementsAre(testing::AllOf(HasSubstr("CITUS_HTTP_TOKEN: is not a token"),
                                               testing::Not(HasSubstr(token)))));
    }
}

TEST(Combinations, WantASecretWhereWorkersAreDiscovered) {
    EXPECT_THAT(load({{"CITUS_ENABLE", "true"}, {"CITUS_WORKER_DISCOVERY", "srv:w"}}).problems,
                ElementsAre(HasSubstr("CITUS_CLUSTER_SECRET: is not set")));
}

TEST(Combinations, RefuseWorkersWithoutCitus) {
    EXPECT_THAT(load({{"CITUS_WORKERS", "w1"}}).problems,
                ElementsAre(HasSubstr("CITUS_WORKERS: names workers, but Citus is switched off")));
}

TEST(Combinations, WarnOfAWorkerWithoutCitus) {
    const auto loaded = load({{"CITUS_ROLE", "worker"}});
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings, ElementsAre(HasSubstr("CITUS_ROLE: \"worker\" has no effect")));
}

TEST(Combinations, RequireAnAuthorityBetweenNodesUnlessAnotherWayIsChosenByName) {
    for (auto environment : {worker({}), coordinator({})}) {
        environment.erase("CITUS_CLUSTER_SECRET");
        environment["POSTGRES_PASSWORD"] = "pw";
        EXPECT_THAT(load(environment).problems,
                    ElementsAre(testing::AllOf(HasSubstr("CITUS_CLUSTER_SECRET: is not set"),
                                               HasSubstr("openssl rand -hex 32"),
                                               HasSubstr("CITUS_INTERNODE_AUTH=trust"))));
        environment["CITUS_INTERNODE_AUTH"] = "password";
        EXPECT_THAT(load(environment).problems, IsEmpty());
        EXPECT_THAT(load(environment).warnings, IsEmpty());
        environment.erase("POSTGRES_PASSWORD");
        EXPECT_THAT(load(environment).problems,
                    ElementsAre(HasSubstr("POSTGRES_PASSWORD: is not set")));
        environment["CITUS_INTERNODE_AUTH"] = "trust";
        const auto accepted = load(environment);
        EXPECT_THAT(accepted.problems, IsEmpty());
        EXPECT_THAT(accepted.warnings, ElementsAre(HasSubstr("CITUS_INTERNODE_AUTH: \"trust\"")));
    }
}

// Workers may announce themselves to it.
TEST(Combinations, WarnOfTrustWhereNoWorkersAreListed) {
    const Environment environment{{"CITUS_ENABLE", "true"}, {"CITUS_INTERNODE_AUTH", "trust"}};
    const auto trusting = load(environment);
    EXPECT_THAT(trusting.problems, IsEmpty());
    EXPECT_THAT(trusting.warnings, ElementsAre(HasSubstr("CITUS_INTERNODE_AUTH: \"trust\"")));
    const auto standalone = load({{"CITUS_ENABLE", "true"}});
    EXPECT_THAT(standalone.problems, IsEmpty());
    EXPECT_THAT(standalone.warnings, IsEmpty());
}

TEST(Combinations, TakeAnOwnAuthorityWhole) {
    auto environment = worker({{"CITUS_TLS_CA_PATH", "/tls/ca.crt"},
                               {"CITUS_TLS_CERT_PATH", "/tls/node.crt"},
                               {"CITUS_TLS_KEY_PATH", "/tls/node.key"}});
    EXPECT_THAT(load(environment).problems, IsEmpty());
    environment.erase("CITUS_CLUSTER_SECRET");
    EXPECT_THAT(load(environment).problems, IsEmpty());
    EXPECT_TRUE(load(environment).settings.citus.has_mesh());
    environment.erase("CITUS_TLS_KEY_PATH");
    EXPECT_THAT(load(environment).problems, ElementsAre(HasSubstr("belong together")));
}

TEST(Combinations, WarnOfASecretThatIsNotUsed) {
    const auto loaded =
        load(worker({{"CITUS_INTERNODE_AUTH", "password"}, {"POSTGRES_PASSWORD", "pw"}}));
    EXPECT_THAT(loaded.problems, IsEmpty());
    EXPECT_THAT(loaded.warnings, ElementsAre(HasSubstr("CITUS_CLUSTER_SECRET: has no effect")));
}

TEST(ClusterSecret, IsLongAndNotEasyToGuess) {
    for (const char* secret :
         {"tiny?!", "fifteen-letters", "aaaaaaaaaaaaaaaaaaaaaaaa", "1212121212121212121",
          "MyPassword-and-more", "changeme-changeme", "12345678901234567890"}) {
        const auto loaded = load(worker({{"CITUS_CLUSTER_SECRET", secret}}));
        EXPECT_THAT(loaded.problems, ElementsAre(HasSubstr("openssl rand -hex 32"))) << secret;
        EXPECT_THAT(loaded.problems, testing::Each(testing::Not(HasSubstr(secret))));
    }
}

TEST(ClusterSecret, IsOfRandomBytes) {
    for (const char* secret :
         {kClusterSecret, " 0F1E2D3C4B5A69788796a5b4c3d2e1f0\n",
          "f4a0c1b2d3e4f5061728394a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7d8e",  // openssl rand -hex
                                                                               // 32
          "mP0vQ2hT3wYx7nLk9sDf1gHj4zXc6vBn8mQw2eRt5yA=",                      // -base64 32
          "mP0vQ2hT3wYx7nLk9sDf1gHj4zXc6vBn8mQw2eRt-_A"}) {
        const auto loaded = load(worker({{"CITUS_CLUSTER_SECRET", secret}}));
        EXPECT_THAT(loaded.problems, IsEmpty()) << secret;
        EXPECT_THAT(loaded.warnings, IsEmpty()) << secret;
        EXPECT_FALSE(check_new_secret(loaded.settings)) << secret;
    }
}

// A cluster that has one goes on, and its nodes say how to change it; no new node is made with it.
TEST(ClusterSecret, ThatIsAPassphraseServesNoNewNode) {
    for (const char* secret :
         {"correcthorsebatterystaple", "replace-me-soon_CHANGE_ME_1", "  a-passphrase of mine \n",
          "correct-horse-battery-staple-correct-horse-battery",
          "zdPbR1uTq9wXy+/=", "0f1e2d3c4b5a69788796a5b4c3d2e1"}) {
        auto loaded = load(worker({{"CITUS_CLUSTER_SECRET", secret}}));
        EXPECT_THAT(loaded.problems, IsEmpty()) << secret;
        EXPECT_THAT(loaded.warnings, ElementsAre(HasSubstr("CITUS_TRUSTED_CLUSTER_SECRET")))
            << secret;
        const auto problem = check_new_secret(loaded.settings);
        ASSERT_TRUE(problem) << secret;
        EXPECT_THAT(problem->text(), HasSubstr("openssl rand -hex 32"));
        EXPECT_THAT(problem->text(), testing::Not(HasSubstr(secret)));
        loaded =
            load(worker({{"CITUS_CLUSTER_SECRET", secret}, {"CITUS_ALLOW_WEAK_SECRET", "true"}}));
        EXPECT_FALSE(check_new_secret(loaded.settings));
    }
}

TEST(TrustedClusterSecret, StandsBesideTheSecret) {
    constexpr const char* kOther = "00112233445566778899aabbccddeeff";
    const auto both = load(worker({{"CITUS_TRUSTED_CLUSTER_SECRET", kOther}}));
    EXPECT_THAT(both.problems, IsEmpty());
    EXPECT_THAT(both.warnings, IsEmpty());
    const auto same = load(worker({{"CITUS_TRUSTED_CLUSTER_SECRET", kClusterSecret}}));
    EXPECT_THAT(same.warnings, ElementsAre(HasSubstr("is the same as CITUS_CLUSTER_SECRET")));
    const auto own = load(worker({{"CITUS_TRUSTED_CLUSTER_SECRET", kOther},
                                  {"CITUS_CLUSTER_SECRET", ""},
                                  {"CITUS_TLS_CA_PATH", "/ca"},
                                  {"CITUS_TLS_CERT_PATH", "/cert"},
                                  {"CITUS_TLS_KEY_PATH", "/key"}}));
    EXPECT_THAT(own.warnings, ElementsAre(HasSubstr("has no effect without")));
}

TEST(NodeNetworks, AreNetworks) {
    EXPECT_THAT(load(worker({{"CITUS_NODE_NETWORKS", "10.1.0.0/16, fd00::/8"}}))
                    .settings.citus.node_networks,
                ElementsAre("10.1.0.0/16", "fd00::/8"));
    for (const char* text : {"10.1.0.0", "10.1.0.0/33", "fd00::/129", "all", "10.0.0.1/8 trust"}) {
        EXPECT_THAT(load(worker({{"CITUS_NODE_NETWORKS", text}})).problems,
                    ElementsAre(HasSubstr("is no list of networks")))
            << text;
    }
}

TEST(BootstrapPassword, IsNotNeededByAWorkerThatOnlyNodesReach) {
    EXPECT_FALSE(check_bootstrap_password(load(worker({})).settings));
    EXPECT_TRUE(check_bootstrap_password(load(coordinator({})).settings));
}

TEST(Combinations, RefuseALoopbackCoordinatorWithWorkersElsewhere) {
    struct Case {
        const char* variable;
        const char* host;
        const char* workers;
        bool accepted;
    };
    for (const auto& [variable, host, workers, accepted] :
         {Case{"CITUS_COORDINATOR_HOST", "localhost", "w1", false},
          Case{"CITUS_COORDINATOR_HOST", "LOCALHOST", "localhost:5433,127.0.0.1:5434", false},
          Case{"CITUS_NODE_HOST", "127.0.0.1", "w1", false},
          Case{"CITUS_NODE_HOST", "::1", "127.0.0.1:5433,w2", false},
          Case{"CITUS_COORDINATOR_HOST", "localhost", "localhost:5433", true},
          Case{"CITUS_COORDINATOR_HOST", "127.0.0.1", "localhost:5433,127.0.0.1:5434", true},
          Case{"CITUS_COORDINATOR_HOST", "c1", "w1", true}}) {
        const auto loaded = load(coordinator({{variable, host}, {"CITUS_WORKERS", workers}}));
        if (accepted) {
            EXPECT_THAT(loaded.problems, IsEmpty()) << host << workers;
        } else {
            EXPECT_THAT(loaded.problems,
                        ElementsAre(HasSubstr(std::string(variable) + ": is a loopback address")))
                << host << workers;
        }
    }
}

// The problems of the node's own address, where its server listens on that port.
std::vector<std::string> own_address_problems(const Environment& environment,
                                              std::uint16_t server_port = 5432) {
    std::vector<std::string> texts;
    for (const auto& problem : check_own_address(load(environment).settings, server_port)) {
        texts.push_back(problem.text());
    }
    return texts;
}

TEST(OwnAddress, OfACoordinatorIsNotItsWorkers) {
    const auto own = ElementsAre(HasSubstr("CITUS_WORKERS: names the coordinator itself"));
    EXPECT_THAT(own_address_problems(coordinator({{"CITUS_COORDINATOR_HOST", "W1"}})), own);
    EXPECT_THAT(own_address_problems(coordinator({{"CITUS_NODE_HOST", "w2"}})), own);
    EXPECT_THAT(
        own_address_problems(coordinator({{"CITUS_NODE_HOST", "w2"}, {"CITUS_NODE_PORT", "5433"}})),
        IsEmpty());
}

TEST(OwnAddress, OfAWorkerIsNotTheCoordinators) {
    EXPECT_THAT(own_address_problems(worker({{"CITUS_NODE_HOST", "coordinator"}})),
                ElementsAre(HasSubstr("CITUS_NODE_HOST: \"coordinator:5432\" is the address of")));
    EXPECT_THAT(own_address_problems(
                    worker({{"CITUS_NODE_HOST", "coordinator"}, {"CITUS_NODE_PORT", "5433"}})),
                IsEmpty());
}

TEST(OwnAddress, HasTheServersPort) {
    EXPECT_THAT(own_address_problems(coordinator({{"CITUS_NODE_HOST", "w2"}}), 5433), IsEmpty());
    EXPECT_THAT(own_address_problems(worker({{"CITUS_NODE_HOST", "coordinator"}}), 5433),
                IsEmpty());
    EXPECT_THAT(
        own_address_problems(
            worker({{"CITUS_NODE_HOST", "coordinator"}, {"CITUS_COORDINATOR_PORT", "5433"}}), 5433),
        testing::SizeIs(1));
}

}  // namespace
}  // namespace citus_init::settings
