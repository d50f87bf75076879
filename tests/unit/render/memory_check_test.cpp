#include "citus_init/render/memory_check.h"

#include "stack_inputs.h"

namespace citus_init::render {
namespace {

TEST(MemoryCheck, ReadsSizesAsPostgresqlDoes) {
    for (const auto& [text, bytes] : {std::pair{"64GB", 68719476736.0},
                                      {"1024", 8388608.0},
                                      {" 1.5 MB ", 1572864.0},
                                      {"16kB", 16384.0}}) {
        EXPECT_EQ(size_in_bytes(text, 8192), bytes) << text;
    }
    for (const char* text : {"", "many", "8Q", "-1"}) {
        EXPECT_EQ(size_in_bytes(text, 8192), std::nullopt) << text;
    }
}

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
}

}  // namespace
}  // namespace citus_init::render
