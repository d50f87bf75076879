#include <gtest/gtest.h>

#include "agent/announcer.h"

namespace citus_init::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(AnnouncementPace, IsTheIntervalUntilTheNodeHasJoinedAndSlowThen) {
    AnnouncementPace pace(seconds(10));
    EXPECT_EQ(pace.after_success(false), seconds(10));
    EXPECT_EQ(pace.after_success(true), seconds(300));
}

TEST(AnnouncementPace, DoublesItsPausesUpToHalfAMinute) {
    AnnouncementPace pace(seconds(10));
    for (const int expected : {1, 2, 4, 8, 16, 30, 30}) {
        EXPECT_EQ(pace.after_failure(), seconds(expected));
    }
    EXPECT_EQ(pace.after_success(false), seconds(10));
    EXPECT_EQ(pace.after_failure(), seconds(1));
}

TEST(AnnouncementPace, IsNeverFasterThanItsIntervalIsShortNorSlowerThanItIsLong) {
    AnnouncementPace quick(milliseconds(100));
    EXPECT_EQ(quick.after_failure(), milliseconds(100));
    AnnouncementPace patient(seconds(60));
    milliseconds last{0};
    for (int i = 0; i < 10; ++i) {
        last = patient.after_failure();
    }
    EXPECT_EQ(last, seconds(60));
}

}  // namespace
}  // namespace citus_init::agent
