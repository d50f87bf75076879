#include "citus_init/ha/patroni/stored_group.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace citus_init::patroni {
namespace {

using ha::GroupMember;
using ha::Place;
using ha::StoredGroup;

// What etcdctl get --prefix /service/demo/ prints of a pair with Patroni 3.0.2, shortened.
std::vector<StoreEntry> entries_of_pair() {
    return {
        {"/service/demo/1/config", R"({"ttl":20,"synchronous_mode":true})"},
        {"/service/demo/1/initialize", "7480541826472837123"},
        {"/service/demo/1/leader", "w12", "7587885231341568278"},
        {"/service/demo/1/members/w12",
         R"({"conn_url":"postgres://w12:5433/postgres","api_url":"https://w12.example.com:8008/patroni",)"
         R"("state":"running","role":"master","version":"3.0.2","xlog_location":1100,"timeline":2})"},
        {"/service/demo/1/members/w11",
         R"({"conn_url":"postgres://[fd00::11]:5432/postgres",)"
         R"("api_url":"https://[fd00::11]:8008/patroni","state":"running","role":"replica","xlog_location":1000,)"
         R"("pending_restart":true,"tags":{"nosync":true}})"},
        {"/service/demo/1/status", R"({"optime":1024,"slots":null})"},
        {"/service/demo/1/sync", R"({"leader":"w12","sync_standby":"w11"})"},
        {"/service/demo/failsafe", "{}"}};
}

TEST(StoredGroups, AreReadFromTheKeys) {
    const auto groups = stored_groups(entries_of_pair(), "/service/demo/");
    ASSERT_EQ(groups.size(), 1);
    const StoredGroup& group = groups.at(1);
    EXPECT_EQ(group.leader, "w12");
    EXPECT_EQ(group.leader_lease, "7587885231341568278");
    EXPECT_EQ(group.sync_leader, "w12");
    ASSERT_EQ(group.members.members.size(), 2);
    const GroupMember& replica = group.members.members[0];
    EXPECT_EQ(replica.name, "w11");
    EXPECT_EQ(replica.place, Place::synchronous);
    EXPECT_EQ(replica.host, "fd00::11");
    EXPECT_EQ(replica.rest_url, "https://[fd00::11]:8008/patroni");
    EXPECT_EQ(replica.lag, 24);
    EXPECT_TRUE(replica.restart_pending && replica.never_synchronous);
    const GroupMember& leader = group.members.members[1];
    EXPECT_EQ(leader.lag, std::nullopt);
    EXPECT_EQ(leader.place, Place::leader);
    EXPECT_EQ(leader.port, 5433);
    EXPECT_EQ(leader.timeline, 2);
    EXPECT_EQ(leader.version, "3.0.2");
    EXPECT_TRUE(leader.has_old_version);
    EXPECT_EQ(replica.version, "");
    EXPECT_FALSE(replica.has_old_version);
    ASSERT_TRUE(group.lease);
    EXPECT_TRUE(group.lease->synchronous_mode);
    EXPECT_EQ(group.lease->ttl, std::chrono::seconds(20));
    EXPECT_FALSE(group.members.paused);
}

TEST(StoredGroups, HaveTheMemberThatRestoresOneUntilItHasACluster) {
    std::vector<StoreEntry> entries{{"/service/demo/2/citus_init_restore",
                                     R"({"member":"b1","host":"b1.example","port":5432})"}};
    EXPECT_EQ(stored_groups(entries, "/service/demo/").at(2).restoring_host, "b1.example");
    entries.push_back({"/service/demo/2/initialize", "7480541826472837123"});
    EXPECT_EQ(stored_groups(entries, "/service/demo/").at(2).restoring_host, "");
}

TEST(StoredGroups, CountNoSynchronousReplicaOfAnotherLeader) {
    auto entries = entries_of_pair();
    entries[6].value = R"({"leader":"w13","sync_standby":"w11"})";
    const auto group = stored_groups(entries, "/service/demo/").at(1);
    EXPECT_EQ(group.sync_leader, "w13");
    EXPECT_EQ(group.members.members[0].place, Place::replica);
}

TEST(StoredGroups, LeaveOutWhatTheyDoNotKnow) {
    EXPECT_TRUE(stored_groups(entries_of_pair(), "/service/other/").empty());
    EXPECT_TRUE(stored_groups({{"/service/demo/x/leader", "w11"}, {"/service/demo/1", "w11"}},
                              "/service/demo/")
                    .empty());
    const auto group = stored_groups({{"/service/demo/2/sync", "null"},
                                      {"/service/demo/2/status", "7"},
                                      {"/service/demo/2/members/a", "7"},
                                      {"/service/demo/2/members/b", R"({"conn_url":7})"}},
                                     "/service/demo/")
                           .at(2);
    EXPECT_EQ(group.sync_leader, "");
    EXPECT_EQ(group.lease, std::nullopt);
    ASSERT_EQ(group.members.members.size(), 1);
    EXPECT_EQ(group.members.members[0].host, "");
    EXPECT_EQ(group.members.members[0].port, 5432);
}

// As GET /cluster has it, since Patroni 3.1.
TEST(StoredGroups, PreferTheStateOfReplication) {
    const auto group =
        stored_groups(
            {{"/service/demo/2/members/b",
              R"({"state":"running","replication_state":"streaming","xlog_location":7})"}},
            "/service/demo/")
            .at(2);
    EXPECT_EQ(group.members.members[0].state, "streaming");
    EXPECT_EQ(group.members.members[0].lag, std::nullopt);  // behind whom?
}

TEST(StoredGroups, TakeAnyBytes) {
    const bool ok = rc::check([](const std::string& key, const std::string& value) {
        static_cast<void>(stored_groups({{"/s/d/1/" + key, value},
                                         {"/s/d/1/members/a", value},
                                         {"/s/d/1/sync", value},
                                         {"/s/d/1/status", value}},
                                        "/s/d/"));
    });
    EXPECT_TRUE(ok);
}

TEST(StorePrefix, IsJoinedAsPatroniDoes) {
    EXPECT_EQ(store_prefix("/service/", "demo"), "/service/demo/");
    EXPECT_EQ(store_prefix("service", "demo"), "/service/demo/");
    EXPECT_EQ(store_prefix("//a//b", "demo"), "/a/b/demo/");
    EXPECT_EQ(store_prefix("", "demo"), "/demo/");
}

}  // namespace
}  // namespace citus_init::patroni
