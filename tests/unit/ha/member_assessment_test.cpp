#include "ha/patroni/member_assessment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ha/patroni/member_findings.h"
#include "unit/ha/member_snapshots.h"

namespace citus_init::patroni {
namespace {

using ha::Finding;
using ha::leader_snapshot;
using ha::member;
using ha::MemberRole;
using ha::MemberSnapshot;
using ha::Place;
using ha::replica_snapshot;
using ha::unmade_snapshot;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string readiness(const MemberSnapshot& snapshot, int expected_groups = 1) {
    settings::PatroniSettings settings;
    settings.group = snapshot.group;
    settings.expected_worker_groups = expected_groups;
    return text_of(readiness_of(snapshot, settings, "shop"));
}

std::string membership_text(const MemberSnapshot& snapshot) {
    status::Membership membership;
    membership.group = group_status_of(snapshot);
    return text_of(membership);
}

TEST(MemberFindings, ReportAGroupThatNobodyBootstraps) {
    auto snapshot = unmade_snapshot();
    auto found = findings_of(snapshot, true);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found.front().what, HasSubstr("nobody makes group 0"));
    EXPECT_THAT(found.front().fix, HasSubstr("remove PATRONI_SCOPE --group 0"));

    snapshot.members->members.front().state = "initializing new cluster";
    EXPECT_THAT(findings_of(snapshot, true), IsEmpty());
    snapshot = unmade_snapshot();
    snapshot.never_made = false;  // its leader is away: its data must not be given up
    EXPECT_THAT(findings_of(snapshot, true), IsEmpty());
}

TEST(MemberReadiness, IsThereForLeaderAndReplica) {
    EXPECT_EQ(readiness(leader_snapshot()), "");
    EXPECT_EQ(readiness(replica_snapshot()), "");
}

TEST(MemberReadiness, NeedsPatroniToCallItReady) {
    EXPECT_THAT(readiness(MemberSnapshot()), HasSubstr("Patroni: it does not answer"));
    MemberSnapshot snapshot = replica_snapshot();
    snapshot.status->state = "creating replica";
    EXPECT_EQ(readiness(snapshot), "the data directory: creating replica");
    snapshot.status->state = "starting";
    snapshot.is_ready = false;
    EXPECT_EQ(readiness(snapshot), "the server: starting");
    snapshot.status->state = "running";
    EXPECT_THAT(readiness(snapshot), HasSubstr("too far behind its leader"));
    snapshot.facts->receives_wal = false;
    EXPECT_THAT(readiness(snapshot), HasSubstr("does not follow its leader yet"));
    snapshot.members->members.front().place = Place::replica;
    EXPECT_THAT(readiness(snapshot), HasSubstr("group 0 has no leader"));
    snapshot.without_store = true;
    EXPECT_THAT(readiness(snapshot), HasSubstr("does not reach the configuration store"));
    snapshot.without_store = false;
    snapshot.members.reset();
    EXPECT_THAT(readiness(snapshot), HasSubstr("does not reach the configuration store"));
}

TEST(MemberReadiness, NeedsAReplicaThatFollows) {
    MemberSnapshot snapshot = replica_snapshot();
    snapshot.facts->receives_wal = false;
    EXPECT_EQ(readiness(snapshot), "the server: it gets nothing from its leader");
    snapshot.members->members.front().place = Place::replica;  // nobody leads, for the moment
    EXPECT_EQ(readiness(snapshot), "");
}

// A failed bootstrap whose data directory could not be renamed: Patroni adopts it.
TEST(MemberReadiness, NeedsCitusThoughPatroniCallsItReady) {
    MemberSnapshot snapshot = leader_snapshot();
    snapshot.facts->has_citus = false;
    EXPECT_THAT(readiness(snapshot), HasSubstr("Citus: it is not in the database \"shop\""));
    snapshot.facts.reset();
    snapshot.database_is_missing = true;
    EXPECT_THAT(readiness(snapshot), HasSubstr("Citus: there is not even the database \"shop\""));
    snapshot.database_is_missing = false;
    snapshot.server_trouble = "the database system is starting up";
    EXPECT_EQ(readiness(snapshot), "the server: the database system is starting up");
}

TEST(MemberReadiness, NeedsTheLeaderKeyOfAPrimary) {
    MemberSnapshot snapshot = leader_snapshot();
    snapshot.leads = false;
    EXPECT_THAT(readiness(snapshot), HasSubstr("does not lead group 0"));
    snapshot.leads = true;
    snapshot.facts->in_recovery = true;
    EXPECT_THAT(readiness(snapshot), HasSubstr("its promotion is under way"));
}

TEST(MemberReadiness, NeedsEachExpectedGroupOnTheCoordinator) {
    MemberSnapshot snapshot = leader_snapshot();
    EXPECT_EQ(readiness(snapshot, 3),
              "3 worker groups: group 2 is not registered, group 3 is not registered");
    snapshot.cluster->workers[0].metadata_synced = false;
    EXPECT_EQ(readiness(snapshot), "1 worker group: group 1 (w11:5432) is without the metadata");
    snapshot.cluster->workers[0].active = false;
    EXPECT_EQ(readiness(snapshot), "1 worker group: group 1 (w11:5432) is not active");
    snapshot.group = 1;
    EXPECT_EQ(readiness(snapshot, 3), "");
}

TEST(Membership, NamesThePlaceInTheGroup) {
    MemberSnapshot snapshot = leader_snapshot();
    EXPECT_EQ(membership_text(snapshot), "leader of group 0, 1 replica, synchronous: c2");
    snapshot.members->members.pop_back();
    EXPECT_EQ(membership_text(snapshot), "leader of group 0, no replica");
    snapshot.status->paused = true;
    EXPECT_EQ(membership_text(snapshot), "paused, leader of group 0, no replica");
    EXPECT_EQ(membership_text(replica_snapshot()),
              "replica of c1 in group 0, lag 0 B, synchronous");
    EXPECT_EQ(membership_text(MemberSnapshot()), "Patroni does not answer");
}

TEST(Membership, ReportsAnUnreachableStore) {
    MemberSnapshot snapshot = leader_snapshot();
    snapshot.without_store = true;
    EXPECT_THAT(membership_text(snapshot),
                HasSubstr("no DCS: primary of group 0 by failsafe mode"));
    snapshot = replica_snapshot();
    snapshot.without_store = true;
    EXPECT_EQ(membership_text(snapshot), "no DCS: read only in group 0");
    snapshot.without_store = false;
    snapshot.members.reset();
    EXPECT_EQ(membership_text(snapshot), "replica in group 0, which has no leader");
    snapshot.status->role = MemberRole::demoted;
    EXPECT_EQ(membership_text(snapshot), "demoted in group 0");
}

std::vector<std::string> found(const MemberSnapshot& snapshot, bool has_certificates = true) {
    std::vector<std::string> texts;
    for (const Finding& finding : findings_of(snapshot, has_certificates)) {
        EXPECT_FALSE(finding.fix.empty()) << finding.what;
        texts.push_back(finding.what);
    }
    return texts;
}

TEST(MemberFindings, AreNoneWhereAllIsWell) {
    EXPECT_THAT(found(leader_snapshot()), IsEmpty());
    EXPECT_THAT(found(replica_snapshot()), IsEmpty());
    EXPECT_THAT(found(MemberSnapshot()), IsEmpty());
}

TEST(MemberFindings, ReportWrongRows) {
    MemberSnapshot snapshot = leader_snapshot();
    snapshot.cluster->coordinator->address.port = 5433;
    snapshot.workers[1] = {true, ""};
    EXPECT_THAT(found(snapshot),
                ElementsAre("pg_dist_node has c1:5433 for group 0, whose leader is c1 (c1:5432)",
                            "pg_dist_node has w11:5432 for group 1, which is a replica: writes to "
                            "that group fail"));
    snapshot.cluster->coordinator->address.port = 5432;
    snapshot.workers[1] = {std::nullopt, "connection refused"};
    EXPECT_THAT(found(snapshot),
                ElementsAre("pg_dist_node has w11:5432 for group 1, which does not answer"));
    EXPECT_THAT(findings_of(snapshot, true).front().fix, HasSubstr("It says: connection refused"));
}

TEST(MemberFindings, ReportTheRowOfAWorkersOwnGroup) {
    MemberSnapshot snapshot = leader_snapshot();
    snapshot.group = 1;
    snapshot.name = "w12";
    snapshot.members = ha::GroupView{{member("w12", Place::leader)}, false};
    EXPECT_THAT(found(snapshot),
                ElementsAre("pg_dist_node has w11:5432 for group 1, whose leader is "
                            "w12 (w12:5432)"));
}

TEST(MemberFindings, ReportAReplicaThatDoesNotFollow) {
    MemberSnapshot snapshot = replica_snapshot();
    snapshot.facts->receives_wal = false;
    EXPECT_THAT(found(snapshot),
                ElementsAre("this replica gets nothing from its leader c1 (c1:5432)"));
    EXPECT_THAT(findings_of(snapshot, true).front().fix, HasSubstr("PATRONI_SCOPE c2 --group 0"));
    snapshot.members->members.front().place = Place::replica;
    EXPECT_THAT(found(snapshot), IsEmpty());
}

TEST(MemberFindings, ReportForgottenSynchronousReplication) {
    MemberSnapshot snapshot = leader_snapshot();
    snapshot.facts->synchronous_standby_names = "";
    EXPECT_THAT(found(snapshot), ElementsAre(HasSubstr("although c2 counts as synchronous")));
    snapshot.members->members[1].place = Place::replica;
    EXPECT_THAT(found(snapshot), IsEmpty());
}

TEST(MemberFindings, ReportTransactionsThatHoldLocks) {
    MemberSnapshot snapshot = leader_snapshot();
    snapshot.facts->old_transactions = {{"citus_0_1", seconds(400)}, {"other", seconds(301)}};
    snapshot.facts->stuck_updates = {{4711, seconds(30)}};
    EXPECT_THAT(found(snapshot),
                ElementsAre(HasSubstr("2 transactions are prepared for more than 5 "
                                      "min"),
                            HasSubstr("process 4711 has stopped in the middle of")));
}

TEST(MemberFindings, ReportAStoredPasswordOnlyWithCertificates) {
    MemberSnapshot snapshot = leader_snapshot();
    snapshot.facts->password_is_stored = true;
    EXPECT_THAT(found(snapshot), ElementsAre(HasSubstr("pg_dist_authinfo holds a password")));
    EXPECT_THAT(found(snapshot, false), IsEmpty());
}

}  // namespace
}  // namespace citus_init::patroni
