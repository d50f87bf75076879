#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"

#include "support/fake_filesystem.h"

// What every Filesystem promises, on the real one and on the one that other tests use instead.

namespace citus_init {
namespace {

using testing::ElementsAre;

// A small tree:  ROOT/file ("text"), ROOT/b (empty), ROOT/directory/inner, ROOT/empty/, ROOT/broken
struct Subject {
    std::string root;
    std::unique_ptr<Filesystem> files;
    std::function<void()> clean_up = [] {};
};

Subject real_subject() {
    std::string root = testing::TempDir() + "filesystem_contract_XXXXXX";
    EXPECT_NE(::mkdtemp(root.data()), nullptr);
    EXPECT_TRUE(write_file_atomically(root + "/file", "text", 0640));
    EXPECT_TRUE(write_file_atomically(root + "/b", "", 0600));
    EXPECT_TRUE(make_directories(root + "/directory", 0750));
    EXPECT_TRUE(make_directories(root + "/empty", 0700));
    EXPECT_TRUE(write_file_atomically(root + "/directory/inner", std::string("a\0b\n", 4), 0600));
    EXPECT_EQ(::symlink("nowhere", (root + "/broken").c_str()), 0);
    EXPECT_EQ(::mkfifo((root + "/fifo").c_str(), 0600), 0);
    return {root, std::make_unique<RealFilesystem>(), [root] {
                EXPECT_TRUE(remove_directory_contents(root));
                EXPECT_EQ(::rmdir(root.c_str()), 0);
            }};
}

Subject fake_subject() {
    auto files = std::make_unique<test::FakeFilesystem>();
    FileStatus status;
    status.owner = ::geteuid();
    status.mode = 0640;
    files->add_file("/root/file", "text", status);
    files->add_file("/root/b", "");
    status.mode = 0750;
    files->add_directory("/root/directory", status);
    files->add_directory("/root/empty");
    files->add_file("/root/directory/inner", std::string("a\0b\n", 4));
    files->add_broken_symlink("/root/broken");
    files->add_fifo("/root/fifo");
    return {"/root", std::move(files)};
}

class FilesystemContract : public testing::TestWithParam<Subject (*)()> {
  protected:
    void TearDown() override { subject_.clean_up(); }

    std::string path(const std::string& name) const { return subject_.root + "/" + name; }
    const Filesystem& files() const { return *subject_.files; }

    Subject subject_ = GetParam()();
};

TEST_P(FilesystemContract, ReadsWholeFiles) {
    EXPECT_EQ(files().read(path("file")).value(), "text");
    EXPECT_EQ(files().read(path("b")).value(), "");
    EXPECT_EQ(files().read(path("directory/inner")).value(), std::string("a\0b\n", 4));
}

TEST_P(FilesystemContract, SaysWhyItCannotRead) {
    const auto message = [this](const std::string& name) {
        return files().read(path(name)).error().message;
    };
    const auto open = [this](const std::string& name) {
        return "cannot open \"" + path(name) + "\": ";
    };
    EXPECT_EQ(message("missing"), open("missing") + "No such file or directory");
    EXPECT_EQ(message("missing/x"), open("missing/x") + "No such file or directory");
    EXPECT_EQ(message("file/x"), open("file/x") + "Not a directory");
    EXPECT_EQ(message("broken"), open("broken") + "No such file or directory");
    EXPECT_EQ(message("directory"), "cannot read \"" + path("directory") + "\": Is a directory");
}

TEST_P(FilesystemContract, ReadsRegularFilesUpToALimit) {
    EXPECT_EQ(files().read(path("file"), 4).value(), "text");
    const auto larger = files().read(path("file"), 3);
    ASSERT_FALSE(larger);
    EXPECT_EQ(larger.error().code, ExitCode::config);
    EXPECT_EQ(larger.error().message, "cannot read \"" + path("file") + "\": larger than 0 kB");
    const auto fifo = files().read(path("fifo"));
    ASSERT_FALSE(fifo);
    EXPECT_EQ(fifo.error().code, ExitCode::config);
    EXPECT_EQ(fifo.error().message,
              "cannot read \"" + path("fifo") + "\": a FIFO, not a regular file");
}

TEST_P(FilesystemContract, ListsNamesByByte) {
    EXPECT_THAT(files().list(subject_.root).value(),
                ElementsAre("b", "broken", "directory", "empty", "fifo", "file"));
    EXPECT_THAT(files().list(path("directory")).value(), ElementsAre("inner"));
    EXPECT_THAT(files().list(path("empty")).value(), testing::IsEmpty());
}

TEST_P(FilesystemContract, SaysWhyItCannotList) {
    for (const auto& [name, reason] :
         {std::pair("missing", "No such file or directory"), std::pair("file", "Not a directory"),
          std::pair("broken", "No such file or directory")}) {
        EXPECT_EQ(files().list(path(name)).error().message,
                  "cannot list \"" + path(name) + "\": " + reason);
    }
}

TEST_P(FilesystemContract, ReportsTypeSizeOwnerAndMode) {
    const auto file = files().status(path("file")).value();
    EXPECT_EQ(file.type, FileType::regular);
    EXPECT_EQ(file.size, 4U);
    EXPECT_EQ(file.owner, ::geteuid());
    EXPECT_EQ(file.mode, 0640U);
    const auto directory = files().status(path("directory")).value();
    EXPECT_EQ(directory.type, FileType::directory);
    EXPECT_EQ(directory.mode, 0750U);
    EXPECT_EQ(files().status(path("broken")).value().type, FileType::symlink_broken);
}

TEST_P(FilesystemContract, KnowsWhatExists) {
    EXPECT_TRUE(files().exists(path("file")));
    EXPECT_TRUE(files().exists(path("directory")));
    EXPECT_TRUE(files().exists(path("broken")));
    EXPECT_FALSE(files().exists(path("missing")));
    EXPECT_FALSE(files().exists(path("file/x")));
    EXPECT_EQ(files().status(path("missing")).error().message,
              "cannot stat \"" + path("missing") + "\": No such file or directory");
}

INSTANTIATE_TEST_SUITE_P(Real, FilesystemContract, testing::Values(&real_subject));
INSTANTIATE_TEST_SUITE_P(Fake, FilesystemContract, testing::Values(&fake_subject));

TEST(FakeFilesystem, FailsToReadWhatItIsTold) {
    test::FakeFilesystem files;
    files.add_file("/a/file", "text");
    files.fail_reading("/a/file", EACCES);
    files.fail_reading("/a", EACCES);
    EXPECT_EQ(files.read("/a/file").error().message, "cannot open \"/a/file\": Permission denied");
    EXPECT_EQ(files.list("/a").error().message, "cannot list \"/a\": Permission denied");
    files.remove("/a/file");
    EXPECT_FALSE(files.exists("/a/file"));
}

}  // namespace
}  // namespace citus_init
