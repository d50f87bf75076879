#include "citus_init/postgres/stop_record.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "unit/postgres/scratch.h"

namespace citus_init::postgres {
namespace {

// Without a pg_control that says otherwise, a server was not shut down.
TEST(StopRecord, IsTakenOnceAndStaysForTheDoctor) {
    const Scratch scratch;
    std::filesystem::create_directory(scratch.path() + "/citus_init");
    EXPECT_FALSE(take_cut_off_stop(scratch.path()));
    note_stop(scratch.path());
    const auto began = take_cut_off_stop(scratch.path());
    ASSERT_TRUE(began);
    EXPECT_EQ(began->size(), std::string("2026-11-30T01:02:03Z").size());
    EXPECT_FALSE(take_cut_off_stop(scratch.path()));
    EXPECT_TRUE(std::filesystem::exists(scratch.path() + "/" + kStopRecordName));
    forget_stop(scratch.path());
    EXPECT_FALSE(std::filesystem::exists(scratch.path() + "/" + kStopRecordName));
}

TEST(StopRecord, IsNotMadeBeforeItsDirectory) {
    const Scratch scratch;
    note_stop(scratch.path());
    EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(StopRecord, OfACopyMeansNothing) {
    const Scratch original;
    const Scratch copy;
    std::filesystem::create_directory(original.path() + "/citus_init");
    note_stop(original.path());
    std::filesystem::copy(original.path(), copy.path(), std::filesystem::copy_options::recursive);
    EXPECT_FALSE(take_cut_off_stop(copy.path()));
    EXPECT_FALSE(std::filesystem::exists(copy.path() + "/" + kStopRecordName));
    EXPECT_TRUE(take_cut_off_stop(original.path()));
}

TEST(StopRecord, BeganAtNoTimeWhereItIsNone) {
    EXPECT_EQ(began_of_stop(""), "");
    EXPECT_EQ(began_of_stop("{"), "");
    EXPECT_EQ(began_of_stop(R"({"began":7})"), "");
    EXPECT_EQ(began_of_stop(R"({"began":"then"})"), "then");
}

}  // namespace
}  // namespace citus_init::postgres
