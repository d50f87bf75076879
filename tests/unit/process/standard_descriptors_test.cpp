#include "citus_init/process/standard_descriptors.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "unit/process/isolated.h"

namespace citus_init::process {
namespace {

bool is_null_device(int fd) {
    struct stat actual {};
    struct stat expected {};
    return ::fstat(fd, &actual) == 0 && ::stat("/dev/null", &expected) == 0 &&
           actual.st_rdev == expected.st_rdev;
}

TEST(StandardDescriptors, AreFilledWhereTheyWereClosed) {
    // Failures in there cannot be printed, so they are told by the exit code alone.
    isolated([] {
        ::close(STDIN_FILENO);
        ::close(STDERR_FILENO);
        occupy_standard_descriptors();
        EXPECT_TRUE(is_null_device(STDIN_FILENO));
        EXPECT_FALSE(is_null_device(STDOUT_FILENO)) << "it was open";
        EXPECT_TRUE(is_null_device(STDERR_FILENO));
        EXPECT_EQ(::fcntl(STDIN_FILENO, F_GETFD), FD_CLOEXEC);
        EXPECT_EQ(::fcntl(STDOUT_FILENO, F_GETFD), 0);
        keep_standard_descriptors();
        EXPECT_EQ(::fcntl(STDIN_FILENO, F_GETFD), 0);
    });
}

}  // namespace
}  // namespace citus_init::process
