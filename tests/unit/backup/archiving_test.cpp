#include "citus_init/backup/archiving.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::backup {
namespace {

struct ArchivingCase {
    std::optional<double> last_archived;
    std::optional<double> last_failed;
    std::optional<double> oldest_ready;
    ArchivingState state;
};

class Archiving : public testing::TestWithParam<ArchivingCase> {};

TEST_P(Archiving, IsAssessed) {
    ArchiverFacts facts;
    facts.now = 1000;
    facts.last_archived = GetParam().last_archived;
    facts.last_failed = GetParam().last_failed;
    facts.oldest_ready = GetParam().oldest_ready;
    EXPECT_EQ(assess_archiving(facts), GetParam().state);
}

INSTANTIATE_TEST_SUITE_P(, Archiving,
                         testing::Values(ArchivingCase{{}, {}, {}, ArchivingState::working},
                                         ArchivingCase{990, {}, {}, ArchivingState::working},
                                         ArchivingCase{990, 980, 985, ArchivingState::working},
                                         ArchivingCase{980, 990, 985, ArchivingState::failing},
                                         ArchivingCase{{}, 1, {}, ArchivingState::failing},
                                         ArchivingCase{900, {}, 950, ArchivingState::working},
                                         ArchivingCase{900, {}, 930, ArchivingState::hanging},
                                         ArchivingCase{{}, {}, 930, ArchivingState::hanging},
                                         // A queue that is being worked off.
                                         ArchivingCase{999, {}, 100, ArchivingState::working},
                                         // The clock was set back by an hour.
                                         ArchivingCase{4000, 990, 950, ArchivingState::failing},
                                         ArchivingCase{4100, 4000, {}, ArchivingState::working},
                                         ArchivingCase{4000, 4100, {}, ArchivingState::failing},
                                         ArchivingCase{990, 4000, {}, ArchivingState::working},
                                         ArchivingCase{4000, {}, 930, ArchivingState::hanging},
                                         ArchivingCase{4000, {}, 950, ArchivingState::working}));

TEST(WalRate, SaysHowLongADiskLasts) {
    WalRate rate;
    EXPECT_FALSE(rate.time_for(1000));
    rate.add(0, 0);
    rate.add(10, 100);
    EXPECT_FALSE(rate.time_for(1000));  // too short a time
    rate.add(100, 1000);
    EXPECT_EQ(rate.time_for(1000), std::chrono::seconds(100));
    rate.add(1000, 1000);  // the rest is too old
    rate.add(1100, 1000);
    EXPECT_FALSE(rate.time_for(1000));
}

// The clock was set back.
TEST(WalRate, ForgetsTheFuture) {
    WalRate rate;
    rate.add(1000, 0);
    rate.add(100, 50);
    rate.add(200, 150);
    EXPECT_EQ(rate.time_for(10), std::chrono::seconds(10));
}

}  // namespace
}  // namespace citus_init::backup
