#include "agent/own_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::agent {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const HostPort kCoordinator{"c", 5432};
const HostPort kWorker{"w1", 5432};

citus::OwnPlace newcomer() {
    return {{"7711", "uuid"}, 0, std::nullopt};
}

citus::OwnPlace member() {
    return {{"7711", "uuid"}, 3, kWorker};
}

citus::RecordedOwnState recorded(const char* state, const char* node_class, const char* reason) {
    citus::RecordedOwnState result;
    result.state = state;
    result.node_class = node_class;
    result.reason = reason;
    result.alarm = *reason != '\0';
    result.same_server = true;
    return result;
}

citus::RecordedOwnState impostor() {
    auto result = recorded("lost", "wiped", "is registered as group 1, but it is new. Restore it");
    result.registered = true;
    return result;
}

OwnState node_class(const citus::OwnPlace& place,
                    const std::optional<citus::RecordedOwnState>& said) {
    return own_state(place, kWorker, kCoordinator, said);
}

TEST(OwnState, OfANewcomerIsThatItWaits) {
    const auto own = node_class(newcomer(), std::nullopt);
    EXPECT_EQ(text_of(own.membership), "announced to c:5432, not joined yet");
    EXPECT_FALSE(own.joined);
    EXPECT_FALSE(own.settled);
    EXPECT_EQ(text_of(own.unfit), "");
    EXPECT_EQ(own.warning, "");
}

TEST(OwnState, OfARefusedNewcomerHasTheReason) {
    const auto own =
        node_class(newcomer(), recorded("blocked", "dirty", "is not empty.\nMove them"));
    EXPECT_EQ(text_of(own.membership),
              "announced to c:5432, not joined yet: w1:5432 (dirty) is not empty.; Move them");
    EXPECT_EQ(own.warning, "the coordinator c:5432 says: w1:5432 (dirty) is not empty.; Move them");
    EXPECT_EQ(text_of(own.unfit), "");
}

TEST(OwnState, DoesNotWarnOfWhatIsNotWorthIt) {
    auto first_failure = recorded("unreachable", "unreachable", "Connection refused");
    first_failure.alarm = false;
    first_failure.same_server.reset();
    const auto own = node_class(newcomer(), first_failure);
    EXPECT_THAT(text_of(own.membership), HasSubstr("w1:5432 (unreachable) Connection refused"));
    EXPECT_EQ(own.warning, "");
}

TEST(OwnState, SaysThatTheNameLeadsToAnotherServer) {
    auto other = recorded("blocked", "dirty", "is not empty");
    other.same_server = false;
    EXPECT_EQ(text_of(node_class(newcomer(), other).membership),
              "announced to c:5432, not joined yet: under w1:5432 another server than this one "
              "answers the coordinator, which is not empty");
}

TEST(OwnState, OfAMemberIsThatItHasJoined) {
    auto fine = recorded("active", "member", "");
    fine.registered = fine.recorded_server = true;
    for (const auto& said : {std::optional<citus::RecordedOwnState>(), std::optional(fine)}) {
        const auto own = node_class(member(), said);
        EXPECT_EQ(text_of(own.membership), "joined as group 3");
        EXPECT_TRUE(own.joined);
        EXPECT_TRUE(own.settled);
    }
    auto elsewhere = member();
    elsewhere.registered = {"w9", 5432};
    EXPECT_EQ(text_of(node_class(elsewhere, fine).membership),
              "joined as group 3 under w9:5432, announced as w1:5432");
    EXPECT_FALSE(node_class(elsewhere, fine).settled);
}

TEST(OwnState, OfAMemberInTroubleIsAskedForAgainSoon) {
    auto suspect = recorded("suspect", "unreachable", "Connection refused");
    suspect.registered = suspect.recorded_server = true;
    const auto own = node_class(member(), suspect);
    EXPECT_TRUE(own.joined);
    EXPECT_FALSE(own.settled);
}

TEST(OwnState, OfOneThatOnlyBelievesToBeAMemberIsThatItIsNone) {
    const auto own = node_class(member(), recorded("blocked", "zombie", "was a member"));
    EXPECT_EQ(text_of(own.membership), "not joined: w1:5432 (zombie) was a member");
    EXPECT_FALSE(own.joined);
    EXPECT_EQ(text_of(own.unfit), "clients must not use this node: w1:5432 (zombie) was a member");
}

TEST(OwnState, OfAnOlderStateOfAMemberIsThatClientsMustNotCome) {
    auto stale = recorded("lost", "stale", "is registered, but its data is older");
    stale.registered = stale.recorded_server = true;
    EXPECT_THAT(text_of(node_class(member(), stale).unfit), HasSubstr("its data is older"));
}

TEST(OwnState, OfAMemberThatSitsAtTheAddressOfAnotherIsThatClientsMustNotCome) {
    for (const auto* node_class_text : {"moved", "foreign", "wiped"}) {
        auto said = recorded("blocked", node_class_text, "the addresses were swapped");
        said.registered = true;
        EXPECT_THAT(text_of(node_class(member(), said).unfit), HasSubstr("swapped"))
            << node_class_text;
        said.recorded_server = true;
        EXPECT_EQ(text_of(node_class(member(), said).unfit), "") << node_class_text;
    }
    auto disabled = recorded("blocked", "member", "is registered, but disabled");
    disabled.registered = true;
    EXPECT_EQ(text_of(node_class(member(), disabled).unfit), "") << "of a cluster without records";
}

TEST(OwnState, OfAnImpostorIsThatClientsMustNotCome) {
    for (const auto& place : {newcomer(), member()}) {
        const auto own = node_class(place, impostor());
        EXPECT_FALSE(own.joined);
        EXPECT_FALSE(own.settled);
        EXPECT_THAT(text_of(own.unfit),
                    StartsWith("clients must not use this node: w1:5432 (wiped) is "));
        EXPECT_THAT(text_of(own.unfit), HasSubstr("Restore it"));
        EXPECT_THAT(own.warning, HasSubstr("Restore it"));
    }
}

}  // namespace
}  // namespace citus_init::agent
