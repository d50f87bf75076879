#include "citus_init/base/control_group.h"

#include <map>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace citus_init {
namespace {

using Contents = std::map<std::string, std::string>;

ReadFile reader_of(const Contents& files) {
    return [&files](const std::string& path) -> Result<std::string> {
        const auto found = files.find(path);
        return found == files.end() ? Result<std::string>(fail(ExitCode::io, "missing"))
                                    : Result<std::string>(found->second);
    };
}

struct Found {
    double amount = 0;
    std::string file;
    bool operator==(const Found&) const = default;
};

Found memory_of(const Contents& files) {
    const auto limit = memory_limit(reader_of(files));
    return limit ? Found{limit->amount, limit->file} : Found{};
}

Found cpus_of(const Contents& files) {
    const auto limit = cpu_limit(reader_of(files));
    return limit ? Found{limit->amount, limit->file} : Found{};
}

const std::string kUnified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";
const std::string kOld =
    "31 24 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "32 24 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n";

TEST(ControlGroup, OfAContainerIsWhatIsMounted) {
    EXPECT_EQ(memory_of({{"/proc/self/cgroup", "0::/\n"},
                         {"/proc/self/mountinfo", kUnified},
                         {"/sys/fs/cgroup/memory.max", "536870912\n"}}),
              (Found{536870912, "/sys/fs/cgroup/memory.max"}));
    EXPECT_EQ(memory_of({{"/sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n"}}),
              (Found{1073741824, "/sys/fs/cgroup/memory/memory.limit_in_bytes"}));
}

TEST(ControlGroup, TakesTheSmallestOfItsAncestors) {
    const Contents nested{{"/proc/self/cgroup", "0::/kubepods/pod1/container\n"},
                          {"/proc/self/mountinfo", kUnified},
                          {"/sys/fs/cgroup/kubepods/pod1/container/memory.max", "max\n"},
                          {"/sys/fs/cgroup/kubepods/pod1/container/memory.high", "900000000\n"},
                          {"/sys/fs/cgroup/kubepods/pod1/memory.max", "800000000\n"},
                          {"/sys/fs/cgroup/kubepods/memory.max", "8000000000\n"},
                          {"/sys/fs/cgroup/kubepods/pod1/container/cpu.max", "150000 50000\n"},
                          {"/sys/fs/cgroup/kubepods/cpu.max", "250000 100000\n"}};
    EXPECT_EQ(memory_of(nested), (Found{800000000, "/sys/fs/cgroup/kubepods/pod1/memory.max"}));
    EXPECT_EQ(cpus_of(nested), (Found{2.5, "/sys/fs/cgroup/kubepods/cpu.max"}));
}

TEST(ControlGroup, OfVersionOneLosesTheRootOfItsMount) {
    const Contents docker{
        {"/proc/self/cgroup", "9:memory:/docker/a1b2\n3:cpu,cpuacct:/docker/a1b2\n"},
        {"/proc/self/mountinfo",
         "31 24 0:27 /docker/a1b2 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
         "32 24 0:28 /docker/a1b2 /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n"},
        {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "536870912\n"},
        {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "30000\n"},
        {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "20000\n"}};
    EXPECT_EQ(memory_of(docker).amount, 536870912);
    EXPECT_EQ(cpus_of(docker), (Found{1.5, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us"}));
}

TEST(ControlGroup, OfVersionOneKnowsWhatIsNotMounted) {
    const Contents files{{"/proc/self/cgroup", "9:memory:/a\n"},
                         {"/proc/self/mountinfo", kOld},
                         {"/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n"},
                         {"/sys/fs/cgroup/memory/a/memory.stat",
                          "cache 1\nhierarchical_memory_limit 300000000\nrss 2\n"}};
    EXPECT_EQ(memory_of(files), (Found{300000000, "/sys/fs/cgroup/memory/a/memory.stat"}));
}

TEST(ControlGroup, OfBothVersionsAtOnceIsWhereTheControllerIs) {
    const Contents hybrid{{"/proc/self/cgroup", "9:memory:/a\n3:cpu,cpuacct:/a\n0::/a\n"},
                          {"/proc/self/mountinfo",
                           kOld + "33 24 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"},
                          {"/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "700000000\n"},
                          {"/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n"},
                          {"/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n"}};
    EXPECT_EQ(memory_of(hybrid).amount, 700000000);
    EXPECT_EQ(cpus_of(hybrid), Found{});
}

TEST(ControlGroup, OfAnotherNamespaceIsWhatIsMounted) {
    EXPECT_EQ(memory_of({{"/proc/self/cgroup", "0::/../../other\n"},
                         {"/proc/self/mountinfo", kUnified},
                         {"/sys/fs/cgroup/memory.max", "5000000\n"}})
                  .amount,
              5000000);
}

// docker run -v /sys/fs/cgroup:/host/cgroup
TEST(ControlGroup, OfTheHostsMountIsAboveTheOwn) {
    for (const char* root : {"/..", "/../..", "/../../.."}) {
        for (const char* group : {"/", "/init.scope", "/a..b"}) {
            const std::string mounts =
                kUnified +
                fmt::format("40 24 0:27 {} /host/cgroup ro - cgroup2 cgroup2 rw\n", root);
            Contents files{{"/proc/self/cgroup", fmt::format("0::{}\n", group)},
                           {"/proc/self/mountinfo", mounts},
                           {"/host/cgroup/memory.max", "9000000\n"}};
            EXPECT_EQ(memory_of(files).amount, 9000000) << root << " " << group;
            files["/sys/fs/cgroup" + std::string(group == std::string("/") ? "" : group) +
                  "/memory.max"] = "5000000\n";
            EXPECT_EQ(memory_of(files).amount, 5000000) << root << " " << group;
        }
    }
}

TEST(ControlGroup, DoesNotLimitWithoutANumber) {
    for (const char* text : {"max\n", "", "garbage\n", "-1\n", "0\n", "9223372036854771712\n",
                             "99999999999999999999999\n", "12 34\n"}) {
        EXPECT_EQ(memory_of({{"/sys/fs/cgroup/memory.max", text}}), Found{}) << text;
    }
    for (const char* text : {"max 100000\n", "", "100000\n", "a b\n", "100000 0\n", "1 2 3\n"}) {
        EXPECT_EQ(cpus_of({{"/sys/fs/cgroup/cpu.max", text}}), Found{}) << text;
    }
    EXPECT_EQ(memory_of({}), Found{});
    EXPECT_EQ(memory_of({{"/proc/self/cgroup", "nonsense\n:\n::\n"},
                         {"/proc/self/mountinfo", "- \n - - -\n 1 2 3 - cgroup2\n"}}),
              Found{});
}

}  // namespace
}  // namespace citus_init
