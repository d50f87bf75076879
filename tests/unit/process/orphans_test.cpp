#include "citus_init/process/orphans.h"

#include <signal.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "citus_init/process/signals.h"

#include "unit/process/helper.h"
#include "unit/process/isolated.h"

namespace citus_init::process {
namespace {

void leave_orphan_in(Children& children, const std::string& directory) {
    bool left = false;
    Command command;
    command.arguments = orphan_helper(directory);
    ASSERT_TRUE(children.spawn(command, [&](ExitStatus status) { left = status.success(); }));
    while (!left) {
        wait_for_signal();
        children.reap();
    }
}

TEST(KillOrphans, EndsThoseOfTheDataDirectoryAndNoOther) {
    std::string base = testing::TempDir() + "orphansXXXXXX";
    ASSERT_NE(::mkdtemp(base.data()), nullptr);
    const std::string data_directory = base + "/data";
    const std::string elsewhere = base + "/data_elsewhere";
    const std::string link = base + "/link";
    std::filesystem::create_directory(data_directory);
    std::filesystem::create_directory(elsewhere);
    std::filesystem::create_symlink(data_directory, link);
    isolated([&] {
        block_signals();
        Children::become_subreaper();
        Children children;
        leave_orphan_in(children, data_directory);
        leave_orphan_in(children, data_directory);
        leave_orphan_in(children, elsewhere);
        EXPECT_EQ(kill_orphans(children, link).size(), 2U);
        while (!kill_orphans(children, link).empty()) {
            wait_for_signal();
            children.reap();
        }
        // What is left of those that were killed are zombies, on their way to be reaped.
        while (children.orphans().size() > 1) {
            wait_for_signal();
            children.reap();
        }
        const auto spared = children.orphans();
        ASSERT_EQ(spared.size(), 1U);
        EXPECT_TRUE(kill_orphans(children, base + "/nonexistent").empty());
        ::kill(spared.front(), SIGKILL);
    });
    std::filesystem::remove_all(base);
}

}  // namespace
}  // namespace citus_init::process
