// Who may act as the member that its data directory says it was.
#include "citus_init/citus/membership/place.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::citus {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

const HostPort kRecordedCoordinator{"c", 5432};
const HostPort kHome{"w1", 5432};
const HostPort kElsewhere{"b", 5432};

ServerRun run(const char* started_at = "100.5") {
    return {"77", "uuid", started_at, false};
}

OwnMember worker() {
    return {run(), 3, kHome, kHome, false, false, seconds(0)};
}

RegisteredMember found(std::optional<ServerRun> answering) {
    return {kHome, true, std::move(answering)};
}

SqlError refused() {
    return {"08006", "connection failed: Connection refused", "", ""};
}

PlaceAssessment assess(const OwnMember& own, const SqlResult<RegisteredMember>& member) {
    return assess_worker(own, kRecordedCoordinator, member);
}

PlaceAssessment alone(const OwnMember& own) {
    return assess(own, tl::unexpected(refused()));
}

TEST(WorkersPlace, IsConfirmedWhereTheCoordinatorReachesThisVeryServer) {
    EXPECT_EQ(assess(worker(), found(run())).state, PlaceState::confirmed);
    auto renamed = worker();  // followed already, its own copy of pg_dist_node is not told yet
    renamed.announced = kElsewhere;
    EXPECT_EQ(assess(renamed, found(run())).state, PlaceState::confirmed);
    auto unrecorded = found(run());  // a cluster from before the records
    unrecorded.is_recorded.reset();
    EXPECT_EQ(assess(worker(), unrecorded).state, PlaceState::confirmed);
    auto copied = worker();  // nobody could note that a copy serves
    copied.is_copied_directory = true;
    EXPECT_EQ(assess(copied, unrecorded).state, PlaceState::waiting);
    EXPECT_EQ(assess(copied, found(run())).state, PlaceState::confirmed);
    auto upgraded = found(run());  // recorded before pg_upgrade, say
    upgraded.is_recorded = false;
    EXPECT_EQ(assess(worker(), upgraded).state, PlaceState::confirmed);
}

TEST(WorkersPlace, NeedsNoConfirmationOutsideOfAnyCluster) {
    auto newcomer = worker();
    newcomer.group_id = 0;
    EXPECT_EQ(alone(newcomer).state, PlaceState::confirmed);
}

TEST(WorkersPlace, IsRefusedToACopyWhileTheOriginalAnswers) {
    auto copy = worker();
    copy.announced = kElsewhere;
    copy.may_serve_unconfirmed = true;  // cannot help
    copy.waited = seconds(3600);
    for (const auto& own : {copy, worker()}) {  // under a name of its own, and under the same one
        const auto place = assess(own, found(run("99.5")));
        EXPECT_EQ(place.state, PlaceState::refused);
        EXPECT_THAT(to_string(place.reason), HasSubstr("copy"));
        EXPECT_THAT(to_string(place.reason), HasSubstr("w1:5432"));
    }
}

TEST(WorkersPlace, IsRefusedToWhoWasRemoved) {
    const auto place = assess(worker(), RegisteredMember{});
    EXPECT_EQ(place.state, PlaceState::refused);
    EXPECT_THAT(to_string(place.reason), HasSubstr("was removed"));
    EXPECT_THAT(to_string(place.reason), HasSubstr("Keep this data directory"));
}

TEST(WorkersPlace, IsRefusedWhereAnotherServerIsRecorded) {
    auto other = found(std::nullopt);
    other.is_recorded = false;
    EXPECT_EQ(assess(worker(), other).state, PlaceState::refused);
}

TEST(WorkersPlace, OpensAfterAWhileWithoutACoordinatorWhereItWasConfirmedLast) {
    auto own = worker();
    EXPECT_EQ(alone(own).state, PlaceState::waiting);
    own.waited = seconds(3);
    EXPECT_EQ(alone(own).state, PlaceState::provisional);
    EXPECT_THAT(to_string(alone(own).reason), HasSubstr("Connection refused"));
    // The coordinator reaches nobody there: its network, not a copy.
    EXPECT_EQ(assess(own, found(std::nullopt)).state, PlaceState::provisional);
}

TEST(WorkersPlace, NeverOpensWithoutACoordinatorToWhatMayBeACopy) {
    auto elsewhere = worker();
    elsewhere.announced = kElsewhere;
    auto copied = worker();
    copied.is_copied_directory = true;
    auto unknown = worker();
    unknown.registered.reset();
    for (auto own : {elsewhere, copied, unknown}) {
        own.waited = seconds(3600);
        EXPECT_EQ(alone(own).state, PlaceState::waiting);
        EXPECT_EQ(assess(own, found(std::nullopt)).state, PlaceState::waiting);
        EXPECT_THAT(to_string(alone(own).reason), HasSubstr("CITUS_SERVE_UNCONFIRMED=true"));
        own.may_serve_unconfirmed = true;
        EXPECT_EQ(alone(own).state, PlaceState::provisional);
    }
}

LeaderView seen(LeaderReach reach, const HostPort& leader = kRecordedCoordinator) {
    return {kHome, leader, reach};
}

LeaderViews views(LeaderReach own, std::vector<LeaderView> workers) {
    return {LeaderView{kRecordedCoordinator, kRecordedCoordinator, own}, std::move(workers), true};
}

OwnCoordinator coordinator(const HostPort& address = kRecordedCoordinator) {
    return {address, false, false, seconds(0)};
}

TEST(CoordinatorsPlace, IsConfirmedByAWorkerThatReachesIt) {
    EXPECT_EQ(
        assess_coordinator(coordinator(), views(LeaderReach::self, {seen(LeaderReach::unreachable),
                                                                    seen(LeaderReach::self)}))
            .state,
        PlaceState::confirmed);
    EXPECT_EQ(assess_coordinator(coordinator(), LeaderViews{}).state, PlaceState::confirmed);
}

TEST(CoordinatorsPlace, IsRefusedToACopyWhoeverSeesTheOther) {
    const HostPort other{"c2", 5432};
    const std::vector<LeaderViews> all{
        views(LeaderReach::other_run, {}),
        // A host that was copied whole reaches itself under its own name.
        views(LeaderReach::self, {seen(LeaderReach::other_run)}),
        views(LeaderReach::self, {seen(LeaderReach::self), seen(LeaderReach::other_run, other)})};
    for (const auto& one : all) {
        auto own = coordinator(kElsewhere);
        own.may_serve_unconfirmed = true;
        EXPECT_EQ(assess_coordinator(own, one).state, PlaceState::refused);
    }
}

TEST(CoordinatorsPlace, IsNotTakenByACopyThatLayInWaitForIt) {
    auto own = coordinator(kElsewhere);
    own.other_was_seen = true;
    const auto gone = views(LeaderReach::absent, {seen(LeaderReach::absent)});
    EXPECT_EQ(assess_coordinator(own, gone).state, PlaceState::refused);
    own.may_serve_unconfirmed = true;
    EXPECT_EQ(assess_coordinator(own, gone).state, PlaceState::confirmed);
}

TEST(CoordinatorsPlace, MovesToANewAddressAtOnceWhereAWorkerFindsTheOldOneGoneToo) {
    const auto gone =
        views(LeaderReach::absent, {seen(LeaderReach::unreachable), seen(LeaderReach::absent)});
    EXPECT_EQ(assess_coordinator(coordinator(kElsewhere), gone).state, PlaceState::confirmed);
}

TEST(CoordinatorsPlace, WaitsForAnOldAddressOfWhichNoWorkerFindsThatItIsGone) {
    const std::vector<LeaderViews> all{
        views(LeaderReach::unreachable, {seen(LeaderReach::unreachable)}),
        views(LeaderReach::unreachable, {seen(LeaderReach::absent)}),
        // The workers may be cut off from an original that lives, this node from its address.
        views(LeaderReach::absent, {seen(LeaderReach::unreachable)}),
        // One that has yet another coordinator says nothing of this one.
        views(LeaderReach::absent, {seen(LeaderReach::absent, {"before", 5432})})};
    for (const auto& silent : all) {
        auto own = coordinator(kElsewhere);
        EXPECT_EQ(assess_coordinator(own, silent).state, PlaceState::waiting);
        own.waited = seconds(59);
        EXPECT_EQ(assess_coordinator(own, silent).state, PlaceState::waiting);
        own.waited = seconds(60);
        EXPECT_EQ(assess_coordinator(own, silent).state, PlaceState::confirmed);
    }
    EXPECT_THAT(to_string(assess_coordinator(coordinator(kElsewhere), all.front()).reason),
                HasSubstr("does not answer in time"));
}

TEST(CoordinatorsPlace, DoesNotMoveWithoutAnyWorkersAnswer) {
    auto own = coordinator(kElsewhere);
    own.waited = seconds(60);
    EXPECT_EQ(assess_coordinator(own, views(LeaderReach::unreachable, {})).state,
              PlaceState::waiting);
}

TEST(CoordinatorsPlace, OpensAfterAWhileWithoutWorkersUnderItsOwnName) {
    auto own = coordinator();
    EXPECT_EQ(assess_coordinator(own, views(LeaderReach::self, {})).state, PlaceState::waiting);
    own.waited = seconds(3);
    for (const auto reach : {LeaderReach::self, LeaderReach::absent, LeaderReach::unreachable}) {
        EXPECT_EQ(assess_coordinator(own, views(reach, {})).state, PlaceState::provisional);
    }
}

TEST(LeaderReach, DistinguishesItselfCopiesAndOthers) {
    const auto reach = [](const SqlResult<ServerRun>& answer) { return reach_of(run(), answer); };
    EXPECT_EQ(reach(run()), LeaderReach::self);
    EXPECT_EQ(reach(run("99.5")), LeaderReach::other_run);
    auto standby = run("99.5");
    standby.in_recovery = true;
    EXPECT_EQ(reach(standby), LeaderReach::absent);
    EXPECT_EQ(reach(ServerRun{"78", "another", "100.5", false}), LeaderReach::absent);
    EXPECT_EQ(reach(ServerRun{"78", "uuid", "100.5", false}), LeaderReach::other_run)
        << "a copy, after pg_upgrade";
    const auto failure = [&](const char* sqlstate, const char* message) {
        return reach(tl::unexpected(SqlError{sqlstate, message, "", ""}));
    };
    EXPECT_EQ(failure("08006", "Connection refused"), LeaderReach::absent);
    EXPECT_EQ(failure("08006", "could not translate host name \"c\""), LeaderReach::absent);
    EXPECT_EQ(failure("08006", "timeout expired"), LeaderReach::unreachable);
    EXPECT_EQ(failure("57P03", "the database system is starting up"), LeaderReach::unreachable);
    EXPECT_EQ(failure("28P01", "password authentication failed"), LeaderReach::unreachable);
}

TEST(PlaceTexts, NeverAdviseToEmptyADirectory) {
    auto own = worker();
    own.is_copied_directory = true;
    for (const auto& place :
         {assess(own, RegisteredMember{}), assess(own, found(run("1"))), alone(own),
          assess_coordinator(coordinator(kElsewhere), views(LeaderReach::other_run, {})),
          assess_coordinator(coordinator(kElsewhere), views(LeaderReach::unreachable, {}))}) {
        EXPECT_THAT(to_string(place.reason), Not(HasSubstr("empty")));
    }
}

}  // namespace
}  // namespace citus_init::citus
