#include "citus_init/citus/membership/join_workers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::citus {
namespace {

using testing::ElementsAre;
using Addresses = std::vector<HostPort>;
using Announcements = std::vector<Announcement>;

const HostPort kOwnEndpoint{"coordinator", 5432};

TEST(JoinWorkers, KeepsTheOrderOfTheSourcesAndNamesNobodyTwice) {
    const Addresses listed{{"w2", 5432}, {"w1", 5432}};
    const Addresses found{{"w3", 5432}, {"w1", 5432}};
    const Announcements announced{
        {{"w4", 5433}, {"7", "a"}}, {{"w3", 5432}, {"7", "b"}}, {{"w3", 5433}, {"7", "c"}}};
    const auto desired = join_workers(listed, found, announced, true, kOwnEndpoint);
    EXPECT_TRUE(desired.complete);
    EXPECT_EQ(desired.addresses,
              (Addresses{{"w2", 5432}, {"w1", 5432}, {"w3", 5432}, {"w4", 5433}, {"w3", 5433}}));
    EXPECT_EQ(desired.announced.at({"w3", 5432}), (Identity{"7", "b"}));
}

// Else each pass would probe a member that has another identity by now.
TEST(JoinWorkers, TakesTheIdentityOfARecentAnnouncementOnly) {
    const auto desired =
        join_workers({}, {}, {{{"w1", 5432}, {"7", "a"}, false}}, true, kOwnEndpoint);
    EXPECT_EQ(desired.addresses, (Addresses{{"w1", 5432}}));
    EXPECT_TRUE(desired.announced.empty());
}

TEST(JoinWorkers, TakesNamesInAnyCaseForTheSame) {
    const auto desired = join_workers({{"W1", 5432}}, {}, {{{"w1", 5432}, {}}}, true, kOwnEndpoint);
    EXPECT_EQ(desired.addresses, (Addresses{{"W1", 5432}}));
}

TEST(JoinWorkers, LeavesTheCoordinatorOutButWhereSomebodyListedIt) {
    const auto desired = join_workers({}, {{"Coordinator", 5432}}, {{{"coordinator", 5433}, {}}},
                                      true, kOwnEndpoint);
    EXPECT_EQ(desired.addresses, (Addresses{{"coordinator", 5433}}));
    EXPECT_EQ(join_workers({kOwnEndpoint}, {}, {}, true, kOwnEndpoint).addresses,
              (Addresses{kOwnEndpoint}));
}

TEST(JoinWorkers, ReportsThatItIsNotEverybody) {
    EXPECT_FALSE(join_workers({{"w1", 5432}}, {}, {}, false, kOwnEndpoint).complete);
    EXPECT_TRUE(join_workers({}, {}, {}, true, kOwnEndpoint).addresses.empty());
}

}  // namespace
}  // namespace citus_init::citus
