#include "citus_init/base/file.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init {
namespace {

using testing::HasSubstr;

constexpr uid_t kOther = 4321;

class Files : public testing::Test {
  protected:
    Files() : root_(testing::TempDir() + "file_test_XXXXXX") {
        EXPECT_NE(::mkdtemp(root_.data()), nullptr);
    }
    ~Files() override {
        EXPECT_TRUE(remove_directory_contents(root_));
        ::rmdir(root_.c_str());
    }

    std::string path(const std::string& name) const { return root_ + "/" + name; }
    std::string content(const std::string& name) const {
        std::ifstream file(path(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }
    mode_t mode(const std::string& name) const {
        struct stat info {};
        return ::stat(path(name).c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
    }

  private:
    std::string root_;
};

TEST_F(Files, WritingDoesNotFollowALinkInTheTemporaryFilesPlace) {
    std::ofstream(path("precious")) << "root's";
    ASSERT_EQ(::symlink(path("precious").c_str(), path("state.tmp").c_str()), 0);
    ASSERT_TRUE(replace_file(path("state"), "new", 0644));
    EXPECT_EQ(content("precious"), "root's");
    EXPECT_EQ(content("state"), "new");
}

TEST_F(Files, WritingDoesNotTouchAHardLinkInTheTemporaryFilesPlace) {
    std::ofstream(path("precious")) << "root's";
    ASSERT_EQ(::link(path("precious").c_str(), path("state.tmp").c_str()), 0);
    ASSERT_TRUE(write_file_atomically(path("state"), "new", 0600));
    EXPECT_EQ(content("precious"), "root's");
}

TEST_F(Files, WritingDoesNotWaitForTheReaderOfAFifo) {
    ASSERT_EQ(::mkfifo(path("state.tmp").c_str(), 0600), 0);
    ASSERT_TRUE(replace_file(path("state"), "new", 0644));
    EXPECT_EQ(content("state"), "new");
}

TEST_F(Files, PrivateDirectoryHasPassableParents) {
    ASSERT_TRUE(make_private_directory(path("a/b/secrets")));
    EXPECT_EQ(mode("a/b/secrets"), 0700U);
    EXPECT_EQ(mode("a/b"), 0755U);
    ASSERT_TRUE(make_private_directory(path("with slash/")));
    EXPECT_EQ(mode("with slash"), 0700U);
    ASSERT_EQ(::chmod(path("a/b/secrets").c_str(), 0755), 0);
    ASSERT_TRUE(make_private_directory(path("a/b/secrets")));
    EXPECT_EQ(mode("a/b/secrets"), 0700U);
}

TEST_F(Files, PrivateDirectoryOfAnotherIsRefusedUnlessItIsToBeLeft) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root";
    }
    ASSERT_TRUE(make_directories(path("others"), 0755));
    ASSERT_EQ(::chown(path("others").c_str(), kOther, kOther), 0);
    const auto refused = make_private_directory(path("others"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ExitCode::permission);
    EXPECT_TRUE(make_private_directory(path("others"), ExistingDirectory::left_as_it_is));
    EXPECT_EQ(mode("others"), 0755U);
}

TEST_F(Files, RootFollowsOnlyLinksOfRoot) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "needs root";
    }
    ASSERT_TRUE(make_directories(path("target"), 0755));
    ASSERT_EQ(::symlink("target", path("of_root").c_str()), 0);
    ASSERT_EQ(::symlink(path("target").c_str(), path("of_other").c_str()), 0);
    ASSERT_EQ(::lchown(path("of_other").c_str(), kOther, kOther), 0);
    EXPECT_TRUE(open_directory(path("of_root")));
    EXPECT_TRUE(make_directories(path("of_root/inner"), 0755));
    EXPECT_EQ(mode("target/inner"), 0755U);
    for (const auto& result : {make_directories(path("of_other"), 0755),
                               make_directories(path("of_other/more"), 0755)}) {
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ExitCode::permission);
        EXPECT_THAT(result.error().message, HasSubstr("root follows only links that root made"));
    }
    EXPECT_FALSE(open_directory(path("of_other")));
}

TEST_F(Files, ALinkToItselfHasAnEnd) {
    ASSERT_EQ(::symlink("loop", path("loop").c_str()), 0);
    EXPECT_FALSE(open_directory(path("loop")));
}

}  // namespace
}  // namespace citus_init
