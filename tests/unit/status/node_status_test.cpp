#include "citus_init/status/node_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include "samples.h"

namespace citus_init::status {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

citus::WorkersSummary workers_of(int desired, int registered, int active) {
    citus::WorkersSummary workers;
    workers.desired = desired;
    workers.registered = registered;
    workers.active = active;
    return workers;
}

NodeStatus sample() {
    NodeStatus status;
    status.phase = Phase::recovering;
    status.condition = {ConditionKind::archive_recovery};
    status.node = "w1";
    status.role = "worker";
    status.pid = 1;
    status.pid_start = 987654321012;
    status.postmaster = 17;
    status.restarts = 3;
    status.since = "2026-11-22T14:00:00Z";
    status.data_directory = "/var/lib/postgresql/data";
    status.membership.joined = true;
    status.recovery = citus::RecoveryProgress{"0/3000148", "recovery_target_name = 'before'", true};
    status.place = citus::PlaceState::confirmed;
    return status;
}

TEST(NodeStatus, IsReadAsItWasWritten) {
    EXPECT_TRUE(rc::check([] {
        NodeStatus status = sample();
        status.condition = any_condition();
        status.membership = any_membership();
        status.recovery = any_recovery();
        status.unfit = any_condition();
        status.own_connection = any_condition();
        status.handover = any_condition();
        status.archiving = any_archiving();
        status.backup = any_backup();
        status.lease = any_lease();
        const auto read = node_status_from_json(to_json(status));
        RC_ASSERT(read.has_value());
        RC_ASSERT(to_json(*read) == to_json(status));
        RC_ASSERT(read->membership == status.membership);
        RC_ASSERT(read->condition == status.condition);
        RC_ASSERT(read->archiving == status.archiving);
        RC_ASSERT(read->backup == status.backup);
        RC_ASSERT(read->lease == status.lease);
        RC_ASSERT(text_of(*read) == text_of(status));
    }));
}

TEST(NodeStatus, HasNoTextsInTheStateFile) {
    const auto json = nlohmann::json::parse(to_json(sample()));
    EXPECT_EQ(json["state"], "recovering");
    EXPECT_EQ(json["condition"]["code"], "archive_recovery");
    EXPECT_EQ(json["recovery"]["replayed"], "0/3000148");
    EXPECT_EQ(json["recovery"]["paused"], true);
    EXPECT_EQ(json["place"], "confirmed");
    EXPECT_FALSE(json.contains("reason"));
    EXPECT_FALSE(json.contains("membership"));
}

TEST(NodeStatus, HasALeaseThatRunsOut) {
    const LeaseStatus lease{1000, 20};
    EXPECT_EQ(seconds_left(lease, 984.5), 15.5);
    EXPECT_EQ(seconds_left(lease, 1000), 0);
    EXPECT_EQ(seconds_left(lease, 2000), 0);
    EXPECT_EQ(seconds_left(lease, 10), 20) << "a clock that was set back";
    EXPECT_EQ(seconds_left({1000, -5}, 10), 0);
}

TEST(NodeStatus, SaysWhatIsNotArchived) {
    NodeStatus status;
    status.phase = Phase::ready;
    status.condition = {ConditionKind::accepting_connections};
    status.archiving = ArchivingStatus{"app-0"};
    EXPECT_EQ(text_of(status), "ready: accepting connections");
    status.archiving->condition = {ConditionKind::archiving_failed, "app-0", "", "REASON. FIX"};
    status.archiving->since = "2026-11-29T08:00:00Z";
    EXPECT_EQ(text_of(status),
              "ready: accepting connections; WAL is not archived to the stanza app-0: REASON. FIX; "
              "since 2026-11-29T08:00:00Z");
    status.archiving->waiting_segments = 5;
    status.archiving->waiting_bytes = 80LL << 20;
    status.archiving->disk_lasts = 3 * 3600;
    EXPECT_THAT(text_of(status), HasSubstr("; 5 segments (80 MB) wait in pg_wal; its disk is full "
                                           "in 3 h"));
    status.archiving->waiting_segments = 1;
    status.archiving->waiting_bytes = 20LL << 30;
    status.archiving->disk_lasts = 90;
    EXPECT_THAT(text_of(status),
                HasSubstr("; 1 segment (20 GB) waits in pg_wal; its disk is full in 1 min"));
    status.archiving->disk_lasts = 5 * 86'400;
    EXPECT_THAT(text_of(status), HasSubstr("in 5 days"));
}

TEST(NodeStatus, SaysWhichBackupIsNotMade) {
    NodeStatus status;
    status.phase = Phase::ready;
    status.condition = {ConditionKind::accepting_connections};
    status.backup = BackupStatus{};
    EXPECT_EQ(text_of(status), "ready: accepting connections");
    status.backup->condition = {ConditionKind::backup_failed, "backup", "", "REASON. FIX"};
    status.backup->since = "2026-11-29T08:00:00Z";
    EXPECT_EQ(text_of(status),
              "ready: accepting connections; the scheduled backup is not made: REASON. FIX; "
              "since 2026-11-29T08:00:00Z");
}

TEST(NodeStatus, HasTextsAndNumbersForPeople) {
    NodeStatus status = sample();
    status.membership.workers = workers_of(3, 2, 1);
    const auto json = nlohmann::json::parse(to_json_with_texts(status));
    EXPECT_THAT(json["reason"].get<std::string>(), HasSubstr("replayed to 0/3000148"));
    EXPECT_EQ(json["membership"], "2 of 3 workers registered");
    EXPECT_EQ(json["cluster"]["workers"]["desired"], 3);
    EXPECT_EQ(json["cluster"]["workers"]["registered"], 2);
    EXPECT_EQ(json["cluster"]["workers"]["active"], 1);
    EXPECT_EQ(json["joined"], true);
}

TEST(NodeStatus, OfAnOlderProcessShowsItsTexts) {
    const auto read = node_status_from_json(
        R"({"state": "ready", "reason": "accepting connections", "joined": true,
            "membership": "1 of 1 workers registered"})");
    ASSERT_TRUE(read);
    EXPECT_EQ(text_of(*read), "ready: accepting connections; 1 of 1 workers registered");
    EXPECT_TRUE(read->membership.joined);
}

TEST(NodeStatus, TakesAFieldOfAnotherKindForOneThatIsMissing) {
    const auto read = node_status_from_json(
        R"({"state": "ready", "reason": 1, "pid": "x", "restarts": null, "joined": 1,
            "condition": 7, "cluster": [], "recovery": "far", "place": 3})");
    ASSERT_TRUE(read);
    EXPECT_EQ(text_of(*read), "ready: ");
    EXPECT_EQ(read->pid, 0);
    EXPECT_EQ(read->restarts, 0);
    EXPECT_FALSE(read->membership.joined);
    EXPECT_FALSE(read->recovery);
}

TEST(NodeStatus, IsNotMadeOfWhatHoldsNone) {
    for (const char* text : {"", "[]", "{}", R"({"state": "well"})", R"({"state": 1})"}) {
        EXPECT_FALSE(node_status_from_json(text)) << text;
    }
}

TEST(NodeStatusText, NamesPhaseReasonAndMembership) {
    NodeStatus status;
    status.phase = Phase::ready;
    status.condition = {ConditionKind::accepting_connections};
    EXPECT_EQ(text_of(status), "ready: accepting connections");
    status.membership.workers = workers_of(2, 2, 2);
    status.membership.notes = {
        {ConditionKind::rebalance_pending, "", "", "the rebalance after a join waits"}};
    EXPECT_EQ(text_of(status),
              "ready: accepting connections; 2 of 2 workers registered; the rebalance after a join "
              "waits");
}

TEST(NodeStatusText, ShowsTheRecoveryOnlyOfAServerInIt) {
    NodeStatus status = sample();
    EXPECT_THAT(
        reason_text(status),
        HasSubstr("writes fail until it ends: replayed to 0/3000148, target "
                  "recovery_target_name = 'before', paused: SELECT pg_wal_replay_resume()"));
    status.condition = {ConditionKind::accepting_connections};
    EXPECT_EQ(reason_text(status), "accepting connections");
    status.condition = {ConditionKind::recovery_ending};
    EXPECT_THAT(reason_text(status), testing::StartsWith("replayed to 0/3000148"));
}

TEST(NodeStatusText, SumsUpAMembersGroup) {
    const auto text = [](GroupStatus group) {
        Membership membership;
        membership.group = std::move(group);
        return text_of(membership);
    };
    GroupStatus group{GroupRole::leader, 0};
    EXPECT_EQ(text(group), "leader of group 0");
    group.replicas = 1;
    group.synchronous = {"c2"};
    EXPECT_EQ(text(group), "leader of group 0, 1 replica, synchronous: c2");
    group.paused = true;
    EXPECT_EQ(text(group), "paused, leader of group 0, 1 replica, synchronous: c2");
    group = {GroupRole::replica, 2, false, "running"};
    group.leader = "w1";
    EXPECT_EQ(text(group), "replica of w1 in group 2, lag not known");
    EXPECT_EQ(text({GroupRole::creating, 1, false, "creating replica"}),
              "group 1: creating replica");
    EXPECT_EQ(text({}), "Patroni does not answer");
}

TEST(NodeStatusText, NamesWorkersThatNeedAttention) {
    auto workers = workers_of(3, 1, 1);
    workers.findings = {{{"w3", 5432}, "blocked", "dirty", "is not empty"}};
    workers.more_findings = 2;
    Membership membership;
    membership.workers = workers;
    EXPECT_EQ(text_of(membership),
              "1 of 3 workers registered; w3:5432 (dirty): is not empty; and 2 more, see "
              "citus_init.node_state");
    membership.workers->stopped = "coordinator metadata lost?";
    membership.workers->observing = "another supervisor";
    EXPECT_EQ(text_of(membership),
              "1 of 3 workers registered; coordinator metadata lost?; observing only: another "
              "supervisor");
    EXPECT_THAT(text_of(membership), Not(HasSubstr("dirty")));
}

}  // namespace
}  // namespace citus_init::status
