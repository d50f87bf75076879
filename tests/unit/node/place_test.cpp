#include "citus_init/node/place.h"

#include <gtest/gtest.h>

namespace citus_init::node {
namespace {

using citus::PlaceState;

const status::Condition kWhy{status::ConditionKind::place_unconfirmed};

settings::Settings node(settings::Role role) {
    settings::Settings settings;
    settings.citus.enable = true;
    settings.citus.role = role;
    return settings;
}

postgres::NodeMarker marker(std::optional<bool> is_member) {
    postgres::NodeMarker result;
    result.is_member = is_member;
    return result;
}

TEST(Place, OfAWorkersDirectoryIsClosedFirst) {
    const auto worker = node(settings::Role::worker);
    for (const auto& known : {std::optional<postgres::NodeMarker>(), std::optional(marker(false)),
                              std::optional(marker(true))}) {
        const auto place = initial_place(worker, known);
        EXPECT_FALSE(place.is_open);
        EXPECT_FALSE(place.is_confirmed);
        EXPECT_FALSE(place.is_refused);
    }
}

TEST(Place, OfAStandaloneNodeIsOpenAtOnce) {
    const auto standalone = node(settings::Role::coordinator);
    EXPECT_EQ(initial_place(standalone, std::nullopt), Place());
    EXPECT_EQ(initial_place(standalone, marker(false)), Place());
    auto plain = standalone;
    plain.citus.enable = false;
    EXPECT_EQ(initial_place(plain, marker(true)), Place());
}

TEST(Place, OfACoordinatorWithWorkersIsClosedFirst) {
    const auto coordinator = node(settings::Role::coordinator);
    EXPECT_FALSE(initial_place(coordinator, marker(true)).is_open);
    EXPECT_FALSE(initial_place(coordinator, marker(std::nullopt)).is_open) << "an older marker";
    auto with_workers = coordinator;
    with_workers.citus.workers = {{"w1", 5432}};
    EXPECT_FALSE(initial_place(with_workers, std::nullopt).is_open);
}

TEST(Place, OfAMemberOfPatroniIsThatOfItsStore) {
    auto member = node(settings::Role::worker);
    member.patroni.emplace();
    EXPECT_EQ(initial_place(member, marker(true)), Place());
}

TEST(Place, FollowsTheReports) {
    const Place closed{false, false, false, {status::ConditionKind::letting_clients_in}};
    const Place open{true, false, false, {}};
    const auto after = [](const Place& before, PlaceState state) {
        return place_after(before, {state, true, HostPort{"w1", 5432}, kWhy});
    };
    EXPECT_EQ(after(closed, PlaceState::confirmed), Place());
    EXPECT_EQ(after(closed, PlaceState::waiting), (Place{false, false, false, kWhy}));
    EXPECT_EQ(after(closed, PlaceState::provisional), open);
    EXPECT_EQ(after(open, PlaceState::waiting), open) << "clients are there already";
    for (const auto& before : {closed, open, Place()}) {
        EXPECT_EQ(after(before, PlaceState::refused), (Place{false, false, true, kWhy}));
    }
    // An agent that was started anew has not asked yet.
    EXPECT_EQ(after(Place(), PlaceState::waiting), Place());
    EXPECT_EQ(after(Place(), PlaceState::provisional), Place());
}

TEST(Place, DecidesWhomTheNetworkLetsIn) {
    Node worker;
    worker.settings = node(settings::Role::worker);
    EXPECT_EQ(clients_of(worker), render::Clients::may_be_shut_out);
    EXPECT_FALSE(is_held_back(worker));
    worker.unfit = {status::ConditionKind::impostor};
    EXPECT_EQ(clients_of(worker), render::Clients::shut_out);
    EXPECT_TRUE(is_held_back(worker));
    EXPECT_EQ(why_closed(worker), worker.unfit);
    worker.unfit = {};
    worker.place = {true, false, false, {}};  // provisional
    EXPECT_EQ(clients_of(worker), render::Clients::may_be_shut_out);
    EXPECT_TRUE(is_held_back(worker));
    EXPECT_TRUE(is_none(why_closed(worker)));
    Node standalone;
    standalone.settings = node(settings::Role::coordinator);
    EXPECT_EQ(clients_of(standalone), render::Clients::as_configured);
}

}  // namespace
}  // namespace citus_init::node
