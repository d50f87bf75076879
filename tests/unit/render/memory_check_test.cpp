#include "citus_init/render/memory_check.h"

#include "stack_inputs.h"

namespace citus_init::render {
namespace {

TEST(MemoryCheck, RefusesWhatTheKernelRefuses) {
    auto node = StackFixture::with_citus();
    node.files.add_file("/proc/meminfo", "MemTotal: 2097152 kB\nSwapTotal: 0 kB\n");
    const auto check = [&](const char* value) {
        node.environment_guc("shared_buffers", value);
        return check_shared_buffers(node.stack(), node.files);
    };
    EXPECT_FALSE(check("1GB").problem);
    ASSERT_TRUE(check("64GB").problem);
    EXPECT_EQ(check("64GB").problem->text(),
              "CITUS_GUC_X: \"64GB\" is more than this machine's memory (2048 MB), so the server "
              "cannot start. Lower it: a quarter of the memory is usual.");
    node.files.add_file("/proc/sys/vm/overcommit_memory", "1\n");
    EXPECT_FALSE(check("64GB").problem);
    node.files.add_file("/sys/fs/cgroup/memory.max", "536870912\n");
    EXPECT_TRUE(check("1GB").doubt);
    EXPECT_FALSE(check("256MB").doubt);
    for (const char* huge_pages : {"on", "TRUE", "yes"}) {
        node.environment_guc("huge_pages", huge_pages);
        EXPECT_FALSE(check("1GB").doubt) << huge_pages;
    }
    node.environment_guc("huge_pages", "try");
    EXPECT_TRUE(check("1GB").doubt);
}

}  // namespace
}  // namespace citus_init::render
