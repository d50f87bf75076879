#include "citus_init/base/path.h"

#include <utility>

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

TEST(AbsoluteSocketDirectory, StartsAtTheDataDirectory) {
    for (const auto& [name, expected] : {std::pair{"/run", "/run"},
                                         {"", ""},
                                         {"@name", "@name"},
                                         {"sockets", "/data/sockets"},
                                         {"../sockets", "/sockets"}}) {
        EXPECT_EQ(absolute_socket_directory(name, "/data"), expected);
    }
    EXPECT_TRUE(absolute_socket_directory(".", "/data").starts_with("/data"));
}

TEST(Path, LosesTheSlashesAtItsEnd) {
    EXPECT_EQ(without_trailing_slashes("/data//"), "/data");
    EXPECT_EQ(without_trailing_slashes("/data"), "/data");
    EXPECT_EQ(without_trailing_slashes("//"), "/");
    EXPECT_EQ(without_trailing_slashes(""), "");
}

}  // namespace
}  // namespace citus_init
