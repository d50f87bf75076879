#include "cli/cluster/node_table.h"

#include <chrono>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/base/text.h"

#include "cli/cluster/find_node.h"

namespace citus_init::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

citus::FoundState found(const char* state, const char* node_class, const char* reason,
                        std::chrono::seconds age) {
    return {state, node_class, reason, "2026-01-02T03:04:05Z", age, true};
}

// Wanted, and not in the cluster.
citus::NodeListing foreign(const std::string& host, citus::FoundState state) {
    citus::NodeListing result;
    result.node.address = {host, 5432};
    result.found = std::move(state);
    return result;
}

const citus::Identity kIdentity{"7561234567890124711", "9f3c2a1b-0000-4000-8000-000000000001"};

TEST(NodeTable, AlignsItsColumnsAndListsReasonsBelow) {
    auto drained = node(2, "worker-2.stack");
    drained.should_have_shards = false;
    EXPECT_EQ(
        node_table({{node(0, "c"), 0, 0},
                    {node(1, "w1"), 16, 3 << 20, kIdentity,
                     found("active", "member", "", std::chrono::minutes(3))},
                    {drained, 0, {}},
                    foreign("w3", found("blocked", "dirty", "is not empty", {}))}),
        R"(NODE                 ROLE         GROUP  STATE    WHY    SINCE  IDENTITY       SHARDS  SIZE
c:5432               coordinator  0      active   -      -      -              0       0 bytes
w1:5432              worker       1      active   -      3 min  9f3c2a1b/4711  16      3.0 MB
worker-2.stack:5432  worker       2      drained  -      -      -              0       ?
w3:5432              worker       -      blocked  dirty  0 s    -              -       -

w3:5432: is not empty
)");
}

TEST(NodeTable, IsOneHundredAndTwentyColumnsWideAtMostForNamesOfTwenty) {
    auto lost = node(1234, "worker-12.stack");
    const std::string table =
        node_table({{lost, 123456, std::int64_t{1023} << 40, kIdentity,
                     found("unreachable", "unreachable", "why", std::chrono::hours(24 * 365))},
                    {node(0, "coordinator"), 0, 0}});
    for (const auto& line : split(table, '\n')) {
        EXPECT_LE(line.size(), 120U) << line;
    }
}

TEST(NodeTable, ReportsAgesInOneUnit) {
    const auto reported = [](std::chrono::seconds age) {
        return node_table({foreign("w", found("adding", "fresh", "", age))});
    };
    EXPECT_THAT(reported(std::chrono::seconds(59)), HasSubstr("  59 s  "));
    EXPECT_THAT(reported(std::chrono::seconds(60)), HasSubstr("  1 min  "));
    EXPECT_THAT(reported(std::chrono::hours(2)), HasSubstr("  2 h  "));
    EXPECT_THAT(reported(std::chrono::hours(47)), HasSubstr("  47 h  "));
    EXPECT_THAT(reported(std::chrono::hours(48)), HasSubstr("  2 days  "));
}

TEST(NodeTable, ReportsWhatTheAgentFoundBehindAnActiveRow) {
    const auto state_of = [](citus::RegisteredNode row, const char* found_state) {
        const auto json = node_json(
            {{std::move(row), 0, 0, std::nullopt, found(found_state, "wiped", "why", {})}});
        const auto at = json.find("\"state\": ") + 9;
        return json.substr(at, json.find(',', at) - at);
    };
    auto disabled = node(1, "w1");
    disabled.active = false;
    auto drained = node(1, "w1");
    drained.should_have_shards = false;
    EXPECT_EQ(state_of(node(1, "w1"), "lost"), "\"lost\"");
    EXPECT_EQ(state_of(node(1, "w1"), "active"), "\"active\"");
    EXPECT_EQ(state_of(disabled, "blocked"), "\"disabled\"");
    EXPECT_EQ(state_of(drained, "active"), "\"drained\"");
    EXPECT_EQ(state_of(drained, "suspect"), "\"suspect\"");
}

TEST(NodeTable, SaysThatARegisteredNodeIsNotWanted) {
    citus::NodeListing listing{node(1, "w1")};
    listing.found = found("active", "member", "is registered, but", {});
    listing.found->desired = false;
    EXPECT_THAT(node_table({listing}), HasSubstr("  not wanted  "));
}

TEST(NodeTable, ShowsWhatPgDistNodeHas) {
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

TEST(NodeJson, ListsTheWholeReasonAndIdentity) {
    citus::NodeListing listing = foreign("w3", found("blocked", "dirty", "is not\nempty", {}));
    listing.identity = kIdentity;
    const std::string json = node_json({listing});
    for (const char* part :
         {R"("registered": false)", R"("node_id": null)", R"("bytes": null)",
          R"("state": "blocked")", R"("why": "dirty")", R"("reason": "is not\nempty")",
          R"("since": "2026-01-02T03:04:05Z")", R"("system_identifier": "7561234567890124711")",
          R"("server_id": "9f3c2a1b-0000-4000-8000-000000000001")"}) {
        EXPECT_THAT(json, HasSubstr(part));
    }
}

TEST(NodeJson, HasNullForWhatAnOlderCoordinatorDoesNotReport) {
    const std::string json = node_json({{node(1, "w1"), 16, std::nullopt}});
    for (const char* part : {R"("why": null)", R"("reason": null)", R"("since": null)",
                             R"("identity": null)", R"("state": "active")"}) {
        EXPECT_THAT(json, HasSubstr(part));
    }
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

TEST(StatusText, AdvisesNoSyncOverWhatANodeAloneKnows) {
    ClusterStatus status;
    status.differences = {{"pg_dist_shard", true, "w1:5432", 32, 31}};
    EXPECT_THAT(status_text(status), HasSubstr("SELECT start_metadata_sync_to_all_nodes() on"));
    status.differences.push_back({"pg_dist_partition", true, "w2:5432", 2, 3});
    EXPECT_THAT(status_text(status), HasSubstr("Put the coordinator's newest data directory back"));
    EXPECT_THAT(status_text(status), Not(HasSubstr("gives the nodes its metadata anew")));
}

}  // namespace
}  // namespace citus_init::cli
