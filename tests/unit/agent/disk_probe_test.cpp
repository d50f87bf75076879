#include "agent/member/disk_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::agent {
namespace {

constexpr std::uint64_t kMegabyte = 1U << 20U;

TEST(DiskProbe, ReportsAVolumeWithoutRoomForTheLog) {
    EXPECT_EQ(finding_of("/data", {64 * kMegabyte, 100'000 * kMegabyte}), std::nullopt);
    const auto finding = finding_of("/data", {3 * kMegabyte, 400 * kMegabyte});
    ASSERT_TRUE(finding);
    EXPECT_THAT(finding->what, ::testing::StartsWith("3 MB of 400 MB are free where /data is"));
    EXPECT_THAT(finding->fix, ::testing::HasSubstr("does not hand over"));
}

TEST(DiskProbe, ReportsNothingWhereNoDirectoryIs) {
    EXPECT_EQ(inspect_disk("/nowhere/pgdata"), std::nullopt);
}

}  // namespace
}  // namespace citus_init::agent
