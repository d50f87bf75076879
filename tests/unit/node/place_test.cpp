#include "citus_init/node/place.h"

#include <gtest/gtest.h>

namespace citus_init::node {
namespace {

using citus::PlaceState;

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
    const Place closed{false, false, false, "not yet"};
    const Place open{true, false, false, ""};
    const auto after = [](const Place& before, PlaceState state) {
        return place_after(before, {state, true, "w1:5432", "why"});
    };
    EXPECT_EQ(after(closed, PlaceState::confirmed), Place());
    EXPECT_EQ(after(closed, PlaceState::waiting), (Place{false, false, false, "why"}));
    EXPECT_EQ(after(closed, PlaceState::provisional), open);
    EXPECT_EQ(after(open, PlaceState::waiting), open) << "clients are there already";
    for (const auto& before : {closed, open, Place()}) {
        EXPECT_EQ(after(before, PlaceState::refused), (Place{false, false, true, "why"}));
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
    worker.unfit = "is wiped";
    EXPECT_EQ(clients_of(worker), render::Clients::shut_out);
    EXPECT_TRUE(is_held_back(worker));
    EXPECT_EQ(why_closed(worker), "is wiped");
    worker.unfit.clear();
    worker.place = {true, false, false, ""};  // provisional
    EXPECT_EQ(clients_of(worker), render::Clients::may_be_shut_out);
    EXPECT_TRUE(is_held_back(worker));
    EXPECT_EQ(why_closed(worker), "");
    Node standalone;
    standalone.settings = node(settings::Role::coordinator);
    EXPECT_EQ(clients_of(standalone), render::Clients::as_configured);
}

TEST(PlaceReport, IsReadAsItWasWritten) {
    for (const auto state : {PlaceState::waiting, PlaceState::provisional, PlaceState::confirmed,
                             PlaceState::refused}) {
        const status::PlaceReport report{state, true, "w1:5432", "a \"reason\"\n", true};
        EXPECT_EQ(status::place_report_from_json(status::to_json(report)), report);
    }
    EXPECT_FALSE(status::place_report_from_json("{}"));
    EXPECT_FALSE(status::place_report_from_json("["));
}

}  // namespace
}  // namespace citus_init::node
