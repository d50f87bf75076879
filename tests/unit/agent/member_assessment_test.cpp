#include "agent/patroni/member_assessment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/patroni/finding_watch.h"
#include "member_snapshots.h"

namespace citus_init::agent {
namespace {

using patroni::GroupMember;
using patroni::MemberRole;
using patroni::Place;
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

TEST(MemberFindings, TellThatNobodyMakesTheGroup) {
    auto snapshot = unmade_look();
    auto found = findings_of(snapshot, true);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(found.front().what, HasSubstr("nobody makes group 0"));
    EXPECT_THAT(found.front().fix, HasSubstr("remove PATRONI_SCOPE --group 0"));

    snapshot.members->members.front().state = "initializing new cluster";
    EXPECT_THAT(findings_of(snapshot, true), IsEmpty());
    snapshot = unmade_look();
    snapshot.never_made = false;  // its leader is away: its data must not be given up
    EXPECT_THAT(findings_of(snapshot, true), IsEmpty());
}

TEST(MemberReadiness, IsThereForLeaderAndReplica) {
    EXPECT_EQ(readiness(leader_look()), "");
    EXPECT_EQ(readiness(replica_look()), "");
}

TEST(MemberReadiness, NeedsPatronisWord) {
    EXPECT_THAT(readiness(MemberSnapshot()), HasSubstr("Patroni: it does not answer"));
    MemberSnapshot snapshot = replica_look();
    snapshot.status->state = "creating replica";
    EXPECT_EQ(readiness(snapshot), "the data directory: creating replica");
    snapshot.status->state = "starting";
    snapshot.readiness = 503;
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
    MemberSnapshot snapshot = replica_look();
    snapshot.facts->receives_wal = false;
    EXPECT_EQ(readiness(snapshot), "the server: it gets nothing from its leader");
    snapshot.members->members.front().place = Place::replica;  // nobody leads, for the moment
    EXPECT_EQ(readiness(snapshot), "");
}

// A failed bootstrap whose data directory could not be renamed: Patroni adopts it.
TEST(MemberReadiness, NeedsCitusWhateverPatroniSays) {
    MemberSnapshot snapshot = leader_look();
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
    MemberSnapshot snapshot = leader_look();
    snapshot.leads = false;
    EXPECT_THAT(readiness(snapshot), HasSubstr("does not lead group 0"));
    snapshot.leads = true;
    snapshot.facts->in_recovery = true;
    EXPECT_THAT(readiness(snapshot), HasSubstr("its promotion is under way"));
}

TEST(MemberReadiness, NeedsEachExpectedGroupOnTheCoordinator) {
    MemberSnapshot snapshot = leader_look();
    EXPECT_EQ(readiness(snapshot, 3),
              "3 worker groups: group 2 is not registered, group 3 is not registered");
    snapshot.cluster->workers[0].metadata_synced = false;
    EXPECT_EQ(readiness(snapshot), "1 worker group: group 1 (w11:5432) is without the metadata");
    snapshot.cluster->workers[0].active = false;
    EXPECT_EQ(readiness(snapshot), "1 worker group: group 1 (w11:5432) is not active");
    snapshot.group = 1;
    EXPECT_EQ(readiness(snapshot, 3), "");
}

TEST(MemberLine, TellsThePlace) {
    MemberSnapshot snapshot = leader_look();
    EXPECT_EQ(membership_text(snapshot), "leader of group 0, 1 replica, synchronous: c2");
    snapshot.members->members.pop_back();
    EXPECT_EQ(membership_text(snapshot), "leader of group 0, no replica");
    snapshot.status->paused = true;
    EXPECT_EQ(membership_text(snapshot), "paused, leader of group 0, no replica");
    EXPECT_EQ(membership_text(replica_look()), "replica of c1 in group 0, lag 0 B, synchronous");
    EXPECT_EQ(membership_text(MemberSnapshot()), "Patroni does not answer");
}

TEST(MemberLine, TellsThatTheStoreIsGone) {
    MemberSnapshot snapshot = leader_look();
    snapshot.without_store = true;
    EXPECT_THAT(membership_text(snapshot),
                HasSubstr("no DCS: primary of group 0 by failsafe mode"));
    snapshot = replica_look();
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
    EXPECT_THAT(found(leader_look()), IsEmpty());
    EXPECT_THAT(found(replica_look()), IsEmpty());
    EXPECT_THAT(found(MemberSnapshot()), IsEmpty());
}

TEST(MemberFindings, TellRowsThatAreWrong) {
    MemberSnapshot snapshot = leader_look();
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

TEST(MemberFindings, TellTheRowOfAWorkersOwnGroup) {
    MemberSnapshot snapshot = leader_look();
    snapshot.group = 1;
    snapshot.name = "w12";
    snapshot.members = patroni::GroupView{{member("w12", Place::leader)}, false};
    EXPECT_THAT(found(snapshot),
                ElementsAre("pg_dist_node has w11:5432 for group 1, whose leader is "
                            "w12 (w12:5432)"));
}

TEST(MemberFindings, TellAReplicaThatDoesNotFollow) {
    MemberSnapshot snapshot = replica_look();
    snapshot.facts->receives_wal = false;
    EXPECT_THAT(found(snapshot),
                ElementsAre("this replica gets nothing from its leader c1 (c1:5432)"));
    EXPECT_THAT(findings_of(snapshot, true).front().fix, HasSubstr("PATRONI_SCOPE c2 --group 0"));
    snapshot.members->members.front().place = Place::replica;
    EXPECT_THAT(found(snapshot), IsEmpty());
}

TEST(MemberFindings, TellSynchronousReplicationThatIsForgotten) {
    MemberSnapshot snapshot = leader_look();
    snapshot.facts->synchronous_standby_names = "";
    EXPECT_THAT(found(snapshot), ElementsAre(HasSubstr("although c2 counts as synchronous")));
    snapshot.members->members[1].place = Place::replica;
    EXPECT_THAT(found(snapshot), IsEmpty());
}

TEST(MemberFindings, TellTransactionsThatHoldLocks) {
    MemberSnapshot snapshot = leader_look();
    snapshot.facts->old_transactions = {{"citus_0_1", seconds(400)}, {"other", seconds(301)}};
    snapshot.facts->stuck_updates = {{4711, seconds(30)}};
    EXPECT_THAT(found(snapshot),
                ElementsAre(HasSubstr("2 transactions are prepared for more than 5 "
                                      "min"),
                            HasSubstr("process 4711 has stopped in the middle of")));
}

TEST(MemberFindings, TellAStoredPasswordOnlyWhereCertificatesDo) {
    MemberSnapshot snapshot = leader_look();
    snapshot.facts->password_is_stored = true;
    EXPECT_THAT(found(snapshot), ElementsAre(HasSubstr("pg_dist_authinfo holds a password")));
    EXPECT_THAT(found(snapshot, false), IsEmpty());
}

TEST(FindingWatch, TellsOnceWhatLasts) {
    FindingWatch watch(seconds(20));
    const FindingWatch::Time start{};
    const std::vector<Finding> found{{"row", "wrong", "fix"}};
    EXPECT_THAT(watch.take(found, start).to_tell, IsEmpty());
    EXPECT_THAT(watch.take(found, start + seconds(19)).lasting, IsEmpty());
    EXPECT_EQ(watch.take(found, start + seconds(20)).to_tell, found);
    const auto later = watch.take({{"row", "wrong still", "fix"}}, start + seconds(30));
    EXPECT_THAT(later.to_tell, IsEmpty());
    EXPECT_EQ(later.lasting.front().what, "wrong still");
    EXPECT_THAT(watch.take({}, start + seconds(40)).ended, ElementsAre("wrong still"));
    // And anew, with patience again.
    EXPECT_THAT(watch.take(found, start + seconds(50)).to_tell, IsEmpty());
}

TEST(FindingWatch, IsSilentAboutWhatPasses) {
    FindingWatch watch(seconds(20));
    const FindingWatch::Time start{};
    static_cast<void>(watch.take({{"row", "wrong", "fix"}}, start));
    EXPECT_THAT(watch.take({}, start + seconds(10)).ended, IsEmpty());
    EXPECT_THAT(watch.take({{"row", "wrong", "fix"}}, start + seconds(25)).to_tell, IsEmpty());
}

}  // namespace
}  // namespace citus_init::agent
