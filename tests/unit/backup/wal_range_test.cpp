#include "citus_init/backup/wal_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::backup {
namespace {

using testing::ElementsAre;

WalRange range(const char* first, const char* last) {
    return {wal_segment_of(first).value(), wal_segment_of(last).value()};
}

TEST(WalSegment, IsReadFromTheNamesOfTheArchive) {
    const WalSegment segment{2, 10, 255};
    EXPECT_EQ(wal_segment_of("000000020000000A000000FF"), segment);
    EXPECT_EQ(wal_segment_of("000000020000000A000000FF-0123abcd.zst"), segment);
    for (const char* other :
         {"", "00000002.history", "000000020000000A000000FF.partial", "000000020000000A000000F",
          "000000020000000A00000xFF", "000000020000000a000000ff", "000000020000000A000000FF0"}) {
        EXPECT_EQ(wal_segment_of(other), std::nullopt) << other;
    }
}

TEST(WalRange, IsInTheDirectoriesOfItsTimelines) {
    EXPECT_THAT(wal_directories(range("000000010000000900000001", "000000020000000A00000003")),
                ElementsAre("0000000100000009", "000000010000000A", "0000000200000009",
                            "000000020000000A"));
}

TEST(WalRange, LacksTheFirstSegmentThatNoFileIsOf) {
    struct MissingCase {
        const char* first;
        const char* last;
        std::vector<std::string> files;
        std::optional<std::string> missing;
    };
    const std::vector<MissingCase> cases{
        {"000000010000000000000003",
         "000000010000000000000003",
         {"000000010000000000000003-a.gz"},
         std::nullopt},
        {"000000010000000000000003",
         "000000010000000000000005",
         {"000000010000000000000003-a", "000000010000000000000005-c"},
         "000000010000000000000004"},
        {"000000010000000000000003", "000000010000000000000005", {}, "000000010000000000000003"},
        // The switch to another timeline; WAL of a third one is of no use.
        {"000000010000000000000003",
         "000000020000000000000005",
         {"000000010000000000000003", "000000020000000000000004", "000000020000000000000005"},
         std::nullopt},
        {"000000010000000000000003",
         "000000010000000000000004",
         {"000000010000000000000003", "000000020000000000000004"},
         "000000010000000000000004"},
        // From one log to the next, with segments of 1 GB and of 64 MB.
        {"000000010000000000000002",
         "000000010000000100000000",
         {"000000010000000000000002", "000000010000000000000003", "000000010000000100000000"},
         std::nullopt},
        {"00000001000000000000003E",
         "000000010000000100000000",
         {"00000001000000000000003E", "000000010000000100000000"},
         "00000001000000000000003F"},
        // What is there of before the range does not count.
        {"000000010000000000000010",
         "000000010000000100000000",
         {"000000010000000000000002", "000000010000000100000000"},
         "000000010000000000000010"},
        {"00000001000000000000003E",
         "000000010000000100000001",
         {"00000001000000000000003E", "00000001000000000000003F", "000000010000000100000001"},
         "000000010000000100000000"},
        // Another timeline, which was left before the last of it.
        {"000000010000000000000014",
         "00000002000000000000000C",
         {"000000010000000000000014", "00000002000000000000000C"},
         "000000020000000000000014"},
    };
    for (const auto& each : cases) {
        EXPECT_EQ(first_missing_segment(range(each.first, each.last), each.files), each.missing)
            << each.first << " to " << each.last;
    }
}

}  // namespace
}  // namespace citus_init::backup
