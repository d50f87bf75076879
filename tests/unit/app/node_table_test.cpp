#include "app/operations/node_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/operations/find_node.h"

namespace citus_init::app {
namespace {

using ::testing::HasSubstr;

citus::RegisteredNode node(int group, const std::string& host) {
    citus::RegisteredNode result;
    result.node_id = group + 1;
    result.group_id = group;
    result.address = {host, 5432};
    result.has_metadata = result.active = result.metadata_synced = true;
    result.should_have_shards = group != 0;
    return result;
}

citus::Cluster cluster() {
    citus::Cluster result;
    result.coordinator = node(0, "coordinator");
    result.workers = {node(1, "w1"), node(2, "w2")};
    return result;
}

TEST(NodeTable, AlignsItsColumns) {
    auto drained = node(2, "worker-2.stack");
    drained.should_have_shards = false;
    EXPECT_EQ(node_table({{node(0, "c"), 0, 0}, {node(1, "w1"), 16, 3 << 20}, {drained, 0, {}}}),
              "NODE                 ROLE         GROUP  STATE    SHARDS  SIZE\n"
              "c:5432               coordinator  0      active   0       0 bytes\n"
              "w1:5432              worker       1      active   16      3.0 MB\n"
              "worker-2.stack:5432  worker       2      drained  0       ?\n");
}

TEST(NodeTable, TellsWhatPgDistNodeSays) {
    auto out_of_sync = node(1, "w1");
    out_of_sync.metadata_synced = false;
    auto disabled = node(2, "w2");
    disabled.active = false;
    const std::string table = node_table({{out_of_sync, 0, 0}, {disabled, 0, 0}});
    EXPECT_THAT(table, HasSubstr("out of sync"));
    EXPECT_THAT(table, HasSubstr("disabled"));
}

TEST(NodeJson, HasNullForAnUnknownSize) {
    const std::string json = node_json({{node(1, "w1"), 16, std::nullopt}});
    EXPECT_THAT(json, HasSubstr("\"bytes\": null"));
    EXPECT_THAT(json, HasSubstr("\"group_id\": 1"));
}

TEST(FindNode, TakesAnAddressOrAHostThatOnlyOneHas) {
    EXPECT_EQ(find_node(cluster(), "w2")->group_id, 2);
    EXPECT_EQ(find_node(cluster(), "w2:5432")->group_id, 2);
    auto twins = cluster();
    twins.workers[1].address = {"w1", 5433};
    EXPECT_EQ(find_node(twins, "w1:5433")->group_id, 2);
    const auto unclear = find_node(twins, "w1");
    ASSERT_FALSE(unclear);
    EXPECT_THAT(unclear.error().message, HasSubstr("more than one node of the cluster is called"));
}

TEST(FindNode, NamesWhatThereIsInsteadOfAnUnknownOne) {
    const auto unknown = find_node(cluster(), "w3");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ExitCode::usage);
    EXPECT_THAT(unknown.error().message,
                HasSubstr("\"w3\"; there are: coordinator:5432, w1:5432, w2:5432"));
}

}  // namespace
}  // namespace citus_init::app
