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
    return read_machine(files, {}).cpus;
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

Machine machine_of(const std::map<std::string, std::string>& contents,
                   std::optional<double> memory = {}, std::optional<double> given_cpus = {}) {
    FakeFilesystem files;
    for (const auto& [path, content] : contents) {
        files.add_file(path, content);
    }
    settings::Settings settings;
    settings.tuning = {true, memory, given_cpus};
    return read_machine(files, settings);
}

TEST(Machine, HasTheSmallestOfTheMemoriesThatAreSaid) {
    constexpr double kGigabyte = 1 << 30;
    const std::string total = "MemTotal: 4194304 kB\n";
    const auto free = machine_of({{"/proc/meminfo", total}});
    EXPECT_EQ(free.memory, 2 * kGigabyte);
    EXPECT_EQ(free.memory_origin, "half of this machine's memory, as no limit is set");
    const auto limited = machine_of(
        {{"/proc/meminfo", total}, {"/sys/fs/cgroup/memory.max", "1073741824\n"}}, 3 * kGigabyte);
    EXPECT_EQ(limited.memory, kGigabyte);
    EXPECT_EQ(limited.memory_origin, "memory limit from /sys/fs/cgroup/memory.max");
    EXPECT_EQ(machine_of({{"/proc/meminfo", total}}, 3 * kGigabyte).memory_origin, "CITUS_MEMORY");
    const auto large = machine_of({{"/proc/meminfo", total}}, 8 * kGigabyte);
    EXPECT_EQ(large.memory, 4 * kGigabyte);
    EXPECT_EQ(large.memory_origin, "this machine's memory");
    EXPECT_EQ(machine_of({}).memory, 0);
}

TEST(Machine, RoundsCpusUp) {
    const auto machine = machine_of({{"/proc/self/status", kStatus}}, {}, 1.5);
    EXPECT_EQ(machine.cpus, 2);
    EXPECT_EQ(machine.cpus_origin, "CITUS_CPUS");
}

}  // namespace
}  // namespace citus_init::render
