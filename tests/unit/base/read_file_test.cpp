#include "citus_init/base/read_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init {
namespace {

using testing::HasSubstr;

TEST(ReadRegularFile, RefusesWhatNeverEnds) {
    for (const char* path : {"/dev/zero", "/dev/urandom", "/dev/tty"}) {
        const auto text = read_regular_file(path, read_limit::kSetting);
        ASSERT_FALSE(text) << path;
        EXPECT_EQ(text.error().code, ExitCode::config);
        EXPECT_THAT(text.error().message, HasSubstr("a device, not a regular file"));
    }
}

TEST(ReadRegularFile, RefusesALargeFileBeforeItReadsIt) {
    const std::string path = testing::TempDir() + "large";
    std::ofstream(path).put('x');
    constexpr std::uintmax_t kTebibyte = 1ULL << 40U;
    std::filesystem::resize_file(path, kTebibyte);
    const auto text = read_regular_file(path, read_limit::kFile);
    ASSERT_FALSE(text);
    EXPECT_THAT(text.error().message, HasSubstr("larger than 16384 kB"));
    ::unlink(path.c_str());
}

// stat(2) says 0 bytes.
TEST(ReadRegularFile, ReadsProcToItsEnd) {
    EXPECT_THAT(read_regular_file("/proc/self/status", read_limit::kFile).value(),
                HasSubstr("VmRSS"));
    EXPECT_FALSE(read_regular_file("/proc/self/status", 10));
}

TEST(ReadRegularFile, FollowsLinksToFilesOnly) {
    const std::string link = testing::TempDir() + "link_to_zero";
    ASSERT_EQ(::symlink("/dev/zero", link.c_str()), 0);
    EXPECT_FALSE(read_regular_file(link, read_limit::kFile));
    ::unlink(link.c_str());
}

}  // namespace
}  // namespace citus_init
