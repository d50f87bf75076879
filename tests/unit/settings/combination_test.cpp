#include "unit/settings/loading.h"

namespace citus_init::settings {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Environment worker(Environment more) {
    more.insert({{"CITUS_ENABLE", "true"},
                 {"CITUS_ROLE", "worker"},
                 {"CITUS_COORDINATOR_HOST", "coordinator"},
                 {"POSTGRES_PASSWORD", "pw"}});
    return more;
}

Environment coordinator(Environment more) {
    more.insert(
        {{"CITUS_ENABLE", "true"}, {"CITUS_WORKERS", "w1,w2"}, {"POSTGRES_PASSWORD", "pw"}});
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
                ElementsAre(HasSubstr("CITUS_WORKER_DISCOVERY: looks for workers, but Citus is")));
}

TEST(Combinations, WantAPasswordWhereWorkersAreDiscovered) {
    EXPECT_THAT(load({{"CITUS_ENABLE", "true"}, {"CITUS_WORKER_DISCOVERY", "srv:w"}}).problems,
                ElementsAre(HasSubstr("POSTGRES_PASSWORD: is not set")));
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

TEST(Combinations, RequireAPasswordBetweenNodesUnlessTrustIsChosenByName) {
    for (auto environment : {worker({}), coordinator({})}) {
        environment.erase("POSTGRES_PASSWORD");
        const auto refused = load(environment);
        EXPECT_THAT(refused.problems,
                    ElementsAre(testing::AllOf(HasSubstr("POSTGRES_PASSWORD: is not set"),
                                               HasSubstr("CITUS_INTERNODE_AUTH=trust"))));
        environment["CITUS_INTERNODE_AUTH"] = "trust";
        const auto accepted = load(environment);
        EXPECT_THAT(accepted.problems, IsEmpty());
        EXPECT_THAT(accepted.warnings, ElementsAre(HasSubstr("CITUS_INTERNODE_AUTH: \"trust\"")));
    }
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

TEST(Combinations, RefuseTheCoordinatorAsItsOwnWorker) {
    const auto own = ElementsAre(HasSubstr("CITUS_WORKERS: names the coordinator itself"));
    EXPECT_THAT(load(coordinator({{"CITUS_COORDINATOR_HOST", "W1"}})).problems, own);
    EXPECT_THAT(load(coordinator({{"CITUS_NODE_HOST", "w2"}})).problems, own);
    EXPECT_THAT(
        load(coordinator({{"CITUS_NODE_HOST", "w2"}, {"CITUS_NODE_PORT", "5433"}})).problems,
        IsEmpty());
    EXPECT_THAT(load(coordinator({{"CITUS_NODE_HOST", "w2"}, {"PGPORT", "5433"}})).problems,
                IsEmpty());
}

TEST(Combinations, RefuseAWorkerUnderTheCoordinatorsAddress) {
    EXPECT_THAT(load(worker({{"CITUS_NODE_HOST", "coordinator"}})).problems,
                ElementsAre(HasSubstr("CITUS_NODE_HOST: and CITUS_COORDINATOR_HOST are the same")));
    EXPECT_THAT(
        load(worker({{"CITUS_NODE_HOST", "coordinator"}, {"CITUS_NODE_PORT", "5433"}})).problems,
        IsEmpty());
}

}  // namespace
}  // namespace citus_init::settings
