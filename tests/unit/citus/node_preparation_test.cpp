#include "citus_init/citus/node_preparation.h"

#include <gtest/gtest.h>

#include "support/fake_session.h"

namespace citus_init::citus {
namespace {

using test::FakeCluster;
using test::FakeConnector;

const HostPort kSocket{"/run", 5432};
const HostPort kName{"c", 5432};
using Changes = std::vector<std::string>;

class NodePreparation : public ::testing::Test {
  protected:
    NodePreparation() {
        target.host = kSocket.host;
        target.port = kSocket.port;
        target.database = "app";
        spec.database = "app";
        spec.address = kName;
    }

    Preparation prepare() {
        auto prepared = prepare_node(connector, target, spec);
        EXPECT_TRUE(prepared) << prepared.error().message;
        return prepared ? *std::move(prepared) : Preparation{};
    }
    Error refusal() {
        const auto prepared = prepare_node(connector, target, spec);
        EXPECT_FALSE(prepared);
        return prepared ? Error{} : prepared.error();
    }

    FakeCluster cluster;
    FakeConnector connector{cluster};
    test::FakeNode& node = cluster.add(kSocket);
    ConnectionTarget target;
    NodeSpec spec;
};

TEST_F(NodePreparation, MakesALoneCoordinatorThatHoldsShards) {
    EXPECT_EQ(prepare().waiting_for, "");
    EXPECT_EQ(node.changes, (Changes{statement::kCreateCitus, "host c:5432", "shards c:5432"}));
}

TEST_F(NodePreparation, KeepsItsSessionUnlessTheExtensionIsAnother) {
    EXPECT_FALSE(prepare().session);  // created
    EXPECT_TRUE(prepare().session);
    node.extension = "13.1-1";
    EXPECT_FALSE(prepare().session);  // updated
    EXPECT_TRUE(prepare().session);
    node.extension = "12.1-1";
    spec.upgrade_policy = UpgradePolicy::off;
    EXPECT_NE(prepare().waiting_for, "");
    EXPECT_TRUE(prepare().session);
}

TEST_F(NodePreparation, WaitsForTheLastCallAfterPgUpgrade) {
    prepare();
    node.upgrade_is_unfinished = true;
    EXPECT_NE(prepare().waiting_for.find("citus_finish_pg_upgrade() was not called"),
              std::string::npos);
}

TEST_F(NodePreparation, ChangesNothingTheSecondTime) {
    prepare();
    node.changes.clear();
    EXPECT_TRUE(prepare().changes.empty());
    EXPECT_TRUE(node.changes.empty());
}

TEST_F(NodePreparation, ChangesNothingTheSecondTimeWithWorkersWantedEither) {
    spec.workers_wanted = true;
    prepare();
    EXPECT_EQ(node.changes, (Changes{statement::kCreateCitus, "host c:5432"}));
    node.changes.clear();
    EXPECT_TRUE(prepare().changes.empty());
}

TEST_F(NodePreparation, TouchesNeitherAddressNorShardsOnceWorkersExist) {
    prepare();
    cluster.add({"w", 5432}).create_extension();
    ASSERT_TRUE(cluster.add_node(node, {"w", 5432}));
    node.rows.front().should_have_shards = false;
    node.changes.clear();
    spec.address = {"renamed", 5432};
    prepare();
    EXPECT_TRUE(node.changes.empty());
}

TEST_F(NodePreparation, GivesAWorkerTheExtensionOnly) {
    spec.is_coordinator = false;
    prepare();
    EXPECT_EQ(node.changes, Changes{statement::kCreateCitus});
}

TEST_F(NodePreparation, CreatesColumnarAlongWhereItIsApart) {
    node.columnar_available = "13.2-1";
    prepare();
    EXPECT_EQ(node.columnar_extension, "13.2-1");
    node.columnar_extension.clear();  // the user dropped it
    prepare();
    EXPECT_EQ(node.columnar_extension, "");
}

TEST_F(NodePreparation, MakesTheDatabaseThatCitusIsToLiveIn) {
    target.database = spec.database = "other";
    EXPECT_EQ(prepare().changes.front(), "created the database \"other\"");
    EXPECT_TRUE(node.databases.contains("other"));
}

TEST_F(NodePreparation, UpdatesAnOlderExtensionInAFreshSession) {
    prepare();
    node.extension = "13.1-1";
    node.columnar_available = "13.2-1";
    node.columnar_extension = "11.3-1";
    node.changes.clear();
    connector.connections = 0;
    const auto prepared = prepare();
    EXPECT_EQ(prepared.server.extension, parse_extension_version("13.2-1"));
    EXPECT_EQ(node.changes, (Changes{statement::kUpdateCitus, statement::kUpdateColumnar}));
    EXPECT_EQ(connector.connections, 2);
}

TEST_F(NodePreparation, FinishesTheUpgradeWhereThereAreNoWorkers) {
    prepare();
    node.last_upgrade = "12.1-1";
    node.changes.clear();
    prepare();
    EXPECT_EQ(node.changes, Changes{statement::kFinishUpgrade});
}

TEST_F(NodePreparation, WaitsForTheOperatorWhereThePolicySaysSo) {
    prepare();
    node.extension = "12.1-1";
    node.changes.clear();
    const auto prepared = prepare();
    EXPECT_NE(prepared.waiting_for.find("CITUS_AUTO_UPGRADE=major"), std::string::npos);
    EXPECT_TRUE(node.changes.empty());
}

TEST_F(NodePreparation, RefusesAnOlderLibrary) {
    prepare();
    node.extension = "14.0-1";
    node.changes.clear();
    EXPECT_EQ(refusal().code, ExitCode::data_directory);
    EXPECT_TRUE(node.changes.empty());
}

TEST_F(NodePreparation, RefusesAServerWithoutTheLibrary) {
    node.preload = "auto_explain, \"citus_columnar\"";
    EXPECT_EQ(refusal().code, ExitCode::data_directory);
    node.preload = " \"citus\",auto_explain";
    prepare();
}

TEST_F(NodePreparation, OnlyInspectsAStandby) {
    prepare();
    node.in_recovery = true;
    node.extension = "13.1-1";
    node.changes.clear();
    prepare();
    EXPECT_TRUE(node.changes.empty());
}

TEST_F(NodePreparation, RefusesANameThatWorkersCannotReach) {
    spec.workers_wanted = true;
    spec.address.host = "localhost";
    EXPECT_EQ(refusal().code, ExitCode::config);
    EXPECT_TRUE(node.changes.empty());
}

TEST_F(NodePreparation, SaysThatTryingAgainMayHelpWhenTheServerIsAway) {
    node.up = false;
    EXPECT_EQ(refusal().code, ExitCode::unavailable);
}

TEST_F(NodePreparation, NeverMakesAnewWhatTheNodeHasHad) {
    spec.has_had_citus = true;
    Error refused = refusal();
    EXPECT_EQ(refused.code, ExitCode::data_directory);
    EXPECT_NE(refused.message.find("the extension citus"), std::string::npos) << refused.message;
    target.database = spec.database = "dropped";
    refused = refusal();
    EXPECT_EQ(refused.code, ExitCode::data_directory);
    EXPECT_NE(refused.message.find("\"dropped\" is gone"), std::string::npos) << refused.message;
    EXPECT_TRUE(node.changes.empty());
}

TEST_F(NodePreparation, FindsWhatIsGone) {
    EXPECT_EQ(probe_database(connector, target).value().gone, CitusLoss::extension);
    prepare();
    EXPECT_EQ(probe_database(connector, target).value().gone, CitusLoss::none);
    target.database = "dropped";
    EXPECT_EQ(probe_database(connector, target).value().gone, CitusLoss::database);
    EXPECT_NE(to_string(CitusLoss::database, "dropped").find("\"dropped\" is gone"),
              std::string::npos);
    node.up = false;
    EXPECT_NE(probe_database(connector, target).value().unresponsive, "");
}

TEST_F(NodePreparation, RefusesMetadataThatWasMadeAnew) {
    prepare();
    const std::string before = probe_database(connector, target).value().server_id;
    EXPECT_EQ(before, node.server_id);
    spec.server_id_before = before;
    prepare();
    node.server_id = "of a new extension";
    EXPECT_TRUE(is_other_metadata(before, probe_database(connector, target).value().server_id));
    node.changes.clear();
    const Error refused = refusal();
    EXPECT_EQ(refused.code, ExitCode::data_directory);
    EXPECT_NE(refused.message.find("created anew"), std::string::npos) << refused.message;
    EXPECT_TRUE(node.changes.empty());
    node.server_id.clear();  // not known
    prepare();
}

TEST_F(NodePreparation, CreatesEachMissingDatabaseOnce) {
    const auto created = create_missing_databases(connector, target, {"app", "x", "my \"db\""});
    ASSERT_TRUE(created);
    EXPECT_EQ(*created, (Changes{"x", "my \"db\""}));
    EXPECT_EQ(node.changes.back(), "CREATE DATABASE \"my \"\"db\"\"\"");
}

TEST_F(NodePreparation, FindsCitusInAnyDatabaseOfAServerWithoutTheLibrary) {
    node.preload = "";
    EXPECT_TRUE(refuse_unloaded_citus(connector, target));
    node.create_extension();
    const auto refused = refuse_unloaded_citus(connector, target);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ExitCode::data_directory);
    node.preload = "citus";
    EXPECT_TRUE(refuse_unloaded_citus(connector, target));
}

}  // namespace
}  // namespace citus_init::citus
