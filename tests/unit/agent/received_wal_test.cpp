#include "agent/received_wal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ReceivedWal, IsWhatEarlierTimelinesHaveOfIt) {
    EXPECT_THAT(
        received_wal({"000000010000000000000004", "000000010000000000000005",
                      "000000010000000000000006.partial", "00000002.history",
                      "000000020000000000000006", "archive_status"},
                     {"000000010000000000000003.done", "000000010000000000000004.done",
                      "000000010000000000000005.ready", "000000010000000000000006.partial.done",
                      "00000002.history.done", "000000020000000000000006.done"}),
        ElementsAre("000000010000000000000004", "00000002.history"));
}

TEST(ReceivedWal, IsNoneOnTheFirstTimeline) {
    EXPECT_THAT(received_wal({"000000010000000000000004", "000000010000000000000005"},
                             {"000000010000000000000004.done"}),
                IsEmpty());
    EXPECT_THAT(received_wal({}, {}), IsEmpty());
}

}  // namespace
}  // namespace citus_init::agent
