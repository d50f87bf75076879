#include "citus_init/node/archiving.h"

#include <gtest/gtest.h>

namespace citus_init::node {
namespace {

settings::Settings with_backup(bool citus, settings::Role role) {
    settings::Settings settings;
    settings.backup.emplace();
    settings.citus.enable = citus;
    settings.citus.role = role;
    return settings;
}

postgres::NodeMarker marker_of(std::optional<int> group) {
    postgres::NodeMarker marker;
    marker.group_id = group;
    return marker;
}

TEST(GroupToArchive, IsZeroForAllButWorkers) {
    EXPECT_EQ(group_to_archive(with_backup(false, settings::Role::coordinator), std::nullopt), 0);
    EXPECT_EQ(group_to_archive(with_backup(true, settings::Role::coordinator), marker_of(4)), 0);
    EXPECT_EQ(group_to_archive(settings::Settings(), std::nullopt), std::nullopt);
}

TEST(GroupToArchive, OfAWorkerIsKnownOnceItHasJoined) {
    const auto worker = with_backup(true, settings::Role::worker);
    EXPECT_EQ(group_to_archive(worker, std::nullopt), std::nullopt);
    EXPECT_EQ(group_to_archive(worker, marker_of(std::nullopt)), std::nullopt);
    EXPECT_EQ(group_to_archive(worker, marker_of(4)), 4);
}

// What may be a copy of a member would write to the member's stanza.
TEST(GroupToArchive, IsNoneUntilThePlaceIsConfirmed) {
    Node node;
    node.settings = with_backup(true, settings::Role::coordinator);
    EXPECT_EQ(group_to_archive(node), 0);
    node.place.is_confirmed = false;
    EXPECT_EQ(group_to_archive(node), std::nullopt);
}

}  // namespace
}  // namespace citus_init::node
