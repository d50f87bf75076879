#include "citus_init/render/machine.h"

#include <gtest/gtest.h>

#include "support/fake_filesystem.h"

namespace citus_init::render {
namespace {

using citus_init::test::FakeFilesystem;

int cpus(const std::map<std::string, std::string>& contents) {
    FakeFilesystem files;
    for (const auto& [path, content] : contents) {
        files.add_file(path, content);
    }
    return read_machine(files).cpus;
}

const std::string kStatus = "Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t0-3,8\nMems:\t1\n";

TEST(Machine, CountsTheSchedulingMask) {
    EXPECT_EQ(cpus({{"/proc/self/status", kStatus}}), 5);
    EXPECT_EQ(cpus({}), 1);
}

TEST(Machine, IsCutToTheQuotaOfTheControlGroup) {
    const auto unified = [](const char* quota) {
        return cpus({{"/proc/self/status", kStatus}, {"/sys/fs/cgroup/cpu.max", quota}});
    };
    EXPECT_EQ(unified("max 100000\n"), 5);
    EXPECT_EQ(unified("150000 100000\n"), 2);
    EXPECT_EQ(unified("10000 100000\n"), 1);
    EXPECT_EQ(unified("900000 100000\n"), 5);
    EXPECT_EQ(unified("nonsense"), 5);
}

TEST(Machine, ReadsTheOldControlGroupsToo) {
    const auto legacy = [](const char* quota) {
        return cpus({{"/proc/self/status", kStatus},
                     {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", quota},
                     {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}});
    };
    EXPECT_EQ(legacy("-1\n"), 5);
    EXPECT_EQ(legacy("300000\n"), 3);
}

}  // namespace
}  // namespace citus_init::render
