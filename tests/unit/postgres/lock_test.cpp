#include "citus_init/postgres/lock.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/postgres/scratch.h"

namespace citus_init::postgres {
namespace {

TEST(DataDirectoryLock, IsHeldByOneOnly) {
    const Scratch scratch;
    auto first = lock_data_directory(scratch.path());
    ASSERT_TRUE(first);
    EXPECT_EQ(first->not_locked, std::nullopt);
    const auto second = lock_data_directory(scratch.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ExitCode::locked);
    EXPECT_THAT(second.error().message, ::testing::HasSubstr(scratch.path()));
    first->descriptor.reset();
    EXPECT_TRUE(lock_data_directory(scratch.path()));
}

TEST(DataDirectoryLock, DoesNotSurviveItsHolder) {
    const Scratch scratch;
    const pid_t holder = ::fork();
    if (holder == 0) {
        const auto lock = lock_data_directory(scratch.path());
        ::_exit(lock ? 0 : 1);
    }
    int status = 1;
    ::waitpid(holder, &status, 0);
    ASSERT_EQ(status, 0);
    EXPECT_TRUE(lock_data_directory(scratch.path()));
}

TEST(DataDirectoryLock, IsNotInherited) {
    const Scratch scratch;
    const auto lock = lock_data_directory(scratch.path());
    ASSERT_TRUE(lock);
    EXPECT_NE(::fcntl(lock->descriptor.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(DataDirectoryLock, OutlivesADirectoryThatIsMadeAnewWhereItIsBesideIt) {
    const Scratch scratch;
    const std::string path = scratch.path() + "/pgdata";
    const auto first = lock_beside_data_directory(path);
    ASSERT_TRUE(first) << first.error().message;
    std::filesystem::create_directory(path);
    std::filesystem::rename(path, path + ".failed");
    std::filesystem::create_directory(path);
    const auto second = lock_beside_data_directory(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ExitCode::locked);
    EXPECT_TRUE(lock_beside_data_directory(path + "2"));
}

TEST(DataDirectoryLock, NeedsADirectory) {
    EXPECT_FALSE(lock_data_directory("/nonexistent"));
}

}  // namespace
}  // namespace citus_init::postgres
