#include "citus_init/base/path.h"

#include <gtest/gtest.h>

namespace citus_init {
namespace {

TEST(IsWithin, ComparesWholeComponents) {
    for (const char* path : {"/data", "/data/", "/data/wal", "/x/../data/./wal"}) {
        EXPECT_TRUE(is_within(path, "/data")) << path;
        EXPECT_TRUE(is_within(path, "/data/")) << path;
        EXPECT_TRUE(is_within(path, "/")) << path;
    }
    for (const char* path : {"/", "/database", "/data/../wal", "/volume/data"}) {
        EXPECT_FALSE(is_within(path, "/data")) << path;
        EXPECT_FALSE(is_within(path, "/data/")) << path;
    }
}

}  // namespace
}  // namespace citus_init
