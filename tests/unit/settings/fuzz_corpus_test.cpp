#include <cstddef>
#include <cstdint>

#include <gtest/gtest.h>

#include "citus_init/base/filesystem.h"

// tests/fuzz/settings_fuzz.cpp, which aborts on what must not be.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace citus_init::settings {
namespace {

TEST(FuzzCorpus, IsSurvivedByTheLoader) {
    const std::string directory = CITUS_INIT_SOURCE_DIR "/tests/fuzz/corpus/settings";
    const RealFilesystem files;
    const auto names = files.list(directory);
    ASSERT_TRUE(names) << names.error().message;
    ASSERT_FALSE(names->empty());
    for (const auto& name : *names) {
        const auto content = files.read(directory + "/" + name);
        ASSERT_TRUE(content) << name;
        const std::vector<std::uint8_t> bytes(content->begin(), content->end());
        EXPECT_EQ(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()), 0) << name;
    }
}

}  // namespace
}  // namespace citus_init::settings
