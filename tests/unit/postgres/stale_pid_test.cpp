#include "citus_init/postgres/stale_pid.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "citus_init/process/spawn.h"

#include "unit/postgres/scratch.h"

namespace citus_init::postgres {
namespace {

std::string lock_text(pid_t pid) {
    return fmt::format("{}\n/data\n1\n5432\n\n\n\n", pid);
}

// A pid that was ours a moment ago and is free now.
pid_t free_pid() {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::_exit(0);
    }
    ::waitpid(pid, nullptr, 0);
    return pid;
}

TEST(RecordedProcess, IsAStrangerUnlessItIsAPostgresThere) {
    EXPECT_EQ(inspect_process(::getpid(), "/"), RecordedProcess::foreign);
    EXPECT_EQ(inspect_process(free_pid(), "/"), RecordedProcess::gone);
}

TEST(RecordedProcess, IsTheServerByProgramAndWorkingDirectory) {
    const Scratch scratch;
    scratch.make_directory("data");
    // A shell under the server's name, in the data directory, until its stdin closes.
    std::filesystem::copy_file("/bin/cat", scratch / "postgres");
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::dup2(ends[0], STDIN_FILENO);
        ::close(ends[1]);
        if (::chdir((scratch / "data").c_str()) != 0) {
            ::_exit(1);
        }
        ::execl((scratch / "postgres").c_str(), "postgres", "-", nullptr);
        ::_exit(1);
    }
    ::close(ends[0]);
    // The child echoes a byte once its program runs, so the name is there.
    const std::string exe = fmt::format("/proc/{}/exe", pid);
    while (std::filesystem::read_symlink(exe) != scratch / "postgres") {
        std::this_thread::yield();
    }
    EXPECT_EQ(inspect_process(pid, scratch / "data"), RecordedProcess::server_here);
    EXPECT_EQ(inspect_process(pid, scratch.path()), RecordedProcess::foreign);
    ::close(ends[1]);
    ::waitpid(pid, nullptr, 0);
}

TEST(ExcusedPid, IsTheRecordedOneUnlessAServerLivesThere) {
    const RecordedPid gone{10, RecordedProcess::gone};
    const RecordedPid foreign{11, RecordedProcess::foreign};
    const RecordedPid server{12, RecordedProcess::server_here};
    EXPECT_EQ(choose_excused_pid(std::nullopt, std::nullopt), std::nullopt);
    EXPECT_EQ(choose_excused_pid(gone, std::nullopt), 10);
    EXPECT_EQ(choose_excused_pid(std::nullopt, gone), 10);
    EXPECT_EQ(choose_excused_pid(foreign, gone), 11);
    EXPECT_EQ(choose_excused_pid(gone, foreign), 11);
    EXPECT_EQ(choose_excused_pid(server, std::nullopt), std::nullopt);
    EXPECT_EQ(choose_excused_pid(server, server), std::nullopt);
    EXPECT_EQ(choose_excused_pid(server, foreign), 11);
}

TEST(ExcusedPid, ComesFromTheDataDirectoryOrTheSocketsLock) {
    const Scratch scratch;
    const RealFilesystem files;
    const auto excused = [&] {
        return excused_pid(files, scratch / "data", scratch / "run", 5432);
    };
    EXPECT_EQ(excused(), std::nullopt);
    scratch.write("run/.s.PGSQL.5433.lock", lock_text(::getpid()));
    EXPECT_EQ(excused(), std::nullopt);
    scratch.write("run/.s.PGSQL.5432.lock", lock_text(::getpid()));
    EXPECT_EQ(excused(), ::getpid());
    scratch.write("data/postmaster.pid", lock_text(::getppid()));
    EXPECT_EQ(excused(), ::getppid());
    scratch.write("data/postmaster.pid", "garbage");
    EXPECT_EQ(excused(), ::getpid());
}

TEST(ExcusedPid, CountsThreadIdsAsAlive) {
    // kill(2) takes a thread id, so PostgreSQL stumbles over one as well.
    std::thread([] {
        const auto thread_id = static_cast<pid_t>(::syscall(SYS_gettid));
        EXPECT_EQ(inspect_process(thread_id, "/"), RecordedProcess::foreign);
    }).join();
}

TEST(EmptyLockFiles, AreRemovedOnceNobodyCanBeWritingThem) {
    const Scratch scratch;
    scratch.write("postmaster.pid", "");
    scratch.write(".s.PGSQL.5432.lock", "");
    EXPECT_FALSE(remove_empty_lock_files(scratch.path(), scratch.path(), 5432));
    EXPECT_FALSE(RealFilesystem().exists(scratch.path() + "/postmaster.pid"));
    EXPECT_TRUE(RealFilesystem().exists(scratch.path() + "/.s.PGSQL.5432.lock"));
    bool removed = false;
    for (int i = 0; i < 100 && !removed; ++i) {
        removed = remove_empty_lock_files(scratch.path(), scratch.path(), 5432);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    EXPECT_TRUE(removed);
    EXPECT_FALSE(RealFilesystem().exists(scratch.path() + "/.s.PGSQL.5432.lock"));
}

TEST(EmptyLockFiles, AreTheOnlyOnesThatAreRemoved) {
    const Scratch scratch;
    scratch.write("postmaster.pid", "7\n");
    scratch.write(".s.PGSQL.5432.lock", "7\n");
    EXPECT_TRUE(remove_empty_lock_files(scratch.path(), scratch.path(), 5432));
    EXPECT_EQ(scratch.read("postmaster.pid"), "7\n");
    EXPECT_EQ(scratch.read(".s.PGSQL.5432.lock"), "7\n");
    EXPECT_TRUE(remove_empty_lock_files(scratch.path(), scratch.path(), 5433));
}

}  // namespace
}  // namespace citus_init::postgres
