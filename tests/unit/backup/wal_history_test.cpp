#include "citus_init/backup/wal_history.h"

#include <gtest/gtest.h>

namespace citus_init::backup {
namespace {

TEST(WalHistory, HasWhatWasWrittenBeforeATimelineWasLeft) {
    const WalHistory restored{"00000004000000010000000C",
                              {"000000010000000000000008", "000000020000000100000004"}};
    for (const char* written : {"000000010000000000000007", "0000000200000000000000FF",
                                "000000020000000100000003", "00000004000000010000000B"}) {
        EXPECT_TRUE(has_written(restored, written)) << written;
    }
    for (const char* other :
         {"000000010000000000000008", "000000010000000100000003", "000000020000000100000004",
          "000000030000000000000001", "00000004000000010000000C", "000000050000000000000001", "",
          "00000004.history"}) {
        EXPECT_FALSE(has_written(restored, other)) << other;
    }
}

TEST(WalHistory, ThatIsNotKnownGoesByNumbers) {
    const WalHistory unknown{"000000020000000000000010"};
    EXPECT_TRUE(has_written(unknown, "00000001000000000000000F"));
    EXPECT_FALSE(has_written(unknown, "000000010000000000000010"));
    EXPECT_FALSE(has_written(unknown, "00000003000000000000000F"));
    EXPECT_FALSE(has_written({}, "00000001000000000000000F"));
}

}  // namespace
}  // namespace citus_init::backup
