#include "citus_init/postgres/data_slots.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/postgres/scratch.h"

namespace citus_init::postgres {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kBy = "worker_1.net";

TEST(SlotsToTry, BeginsWithDataThenWhatMayBeMadeAnewThenANewOne) {
    EXPECT_THAT(slots_to_try({{1, EmptyDirectory{}, ""},
                              {2, IncompleteCluster{true, {}}, ""},
                              {3, Cluster{15}, ""},
                              {10, Cluster{15}, ""},
                              {4, IncompleteCluster{false, {}}, ""},
                              {6, IncompleteCluster{true, {}, true}, ""},
                              {5, ForeignContent{"file", false}, ""}},
                             kBy),
                ElementsAre(3, 10, 1, 2, 7));
}

TEST(SlotsToTry, IsANewOneWhereThereAreNone) {
    EXPECT_THAT(slots_to_try({}, kBy), ElementsAre(1));
}

TEST(SlotsToTry, PrefersTheOneThatTheNodeHadLast) {
    EXPECT_THAT(slots_to_try({{1, Cluster{15}, "other"},
                              {2, Cluster{15}, kBy},
                              {3, IncompleteCluster{true, {}}, kBy}},
                             kBy),
                ElementsAre(2, 3, 1, 4));
    EXPECT_THAT(slots_to_try({{1, Cluster{15}, "other"}, {2, Cluster{15}, ""}}, ""),
                ElementsAre(1, 2, 3));
}

TEST(SlotsToTry, DoesNotTakeWhatIsNobodysEvenFromItsOwner) {
    EXPECT_THAT(slots_to_try({{1, ForeignContent{"file", false}, kBy}}, kBy), ElementsAre(2));
}

TEST(SlotsToTry, HasAnEnd) {
    std::vector<SlotContent> all;
    for (int number = 1; number <= kMostSlots; ++number) {
        all.push_back({number, ForeignContent{"file", false}, ""});
    }
    EXPECT_THAT(slots_to_try(all, kBy), IsEmpty());
}

TEST(TakeDataSlot, MakesTheFirstOneAndKeepsItLocked) {
    const Scratch scratch;
    const auto first = take_data_slot(scratch.path(), kBy);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->path, scratch / "slot-1");
    EXPECT_EQ(scratch.read("slot-1.owner"), "worker_1.net\n");
    const auto second = take_data_slot(scratch.path(), kBy);  // the same name, but it is in use
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(second->number, 2);
    EXPECT_FALSE(lock_data_directory(scratch / "slot-1"));
}

TEST(TakeDataSlot, TakesWhatWasLeft) {
    const Scratch scratch;
    scratch.write("slot-3/PG_VERSION", "15\n");
    scratch.write("slot-3/global/pg_control", "x");
    scratch.make_directory("slot-1");
    { EXPECT_EQ(take_data_slot(scratch.path(), kBy)->number, 3); }
    EXPECT_EQ(take_data_slot(scratch.path(), "")->number, 3);
    EXPECT_EQ(scratch.read("slot-3.owner"),
              "worker_1.net\n");  // no name does not make it forgotten
}

TEST(TakeDataSlot, LeavesAloneWhatItDoesNotKnow) {
    const Scratch scratch;
    scratch.write("slot-1/somebodys", "file");
    scratch.write("slot-2/PG_VERSION", "no number");
    scratch.write("slot-03/PG_VERSION", "15");
    scratch.write("slot-1001/PG_VERSION", "15");
    scratch.write("lost+found/x", "");
    const auto slot = take_data_slot(scratch.path(), kBy);
    ASSERT_TRUE(slot) << slot.error().message;
    EXPECT_EQ(slot->number, 3);
    EXPECT_THAT(slot->warnings,
                ElementsAre(HasSubstr("slot-1\" holds neither"), HasSubstr("slot-2/PG_VERSION")));
}

TEST(TakeDataSlot, PassesOverALink) {
    const Scratch scratch;
    scratch.make_directory("parent");
    scratch.make_directory("elsewhere");
    ASSERT_EQ(::symlink((scratch / "elsewhere").c_str(), (scratch / "parent/slot-1").c_str()), 0);
    const auto slot = take_data_slot(scratch / "parent", "w1");
    ASSERT_TRUE(slot);
    EXPECT_EQ(slot->number, 2);
    ASSERT_EQ(slot->warnings.size(), 1U);
    EXPECT_NE(slot->warnings[0].find("symbolic link"), std::string::npos);
    EXPECT_FALSE(scratch.exists("elsewhere.owner"));
}

TEST(TakeDataSlot, RefusesAParentThatIsAClusterItself) {
    const Scratch scratch;
    scratch.write("PG_VERSION", "15\n");
    const auto slot = take_data_slot(scratch.path(), kBy);
    ASSERT_FALSE(slot);
    EXPECT_EQ(slot.error().code, ExitCode::data_directory);
    EXPECT_FALSE(scratch.exists("slot-1"));
}

// Real processes that all choose at once, and hold what they took until everybody has.
TEST(TakeDataSlot, NeverGivesOneToTwo) {
    constexpr int kProcesses = 24;
    const Scratch scratch;
    scratch.write("slot-2/PG_VERSION", "15\n");
    scratch.write("slot-2/global/pg_control", "x");
    std::array<int, 2> chosen{};
    std::array<int, 2> hold{};
    ASSERT_EQ(::pipe(chosen.data()), 0);
    ASSERT_EQ(::pipe(hold.data()), 0);
    for (int i = 0; i < kProcesses; ++i) {
        if (::fork() == 0) {
            ::close(hold[1]);
            const auto slot = take_data_slot(scratch.path(), "");
            const int number = slot ? slot->number : 0;
            char end = 0;
            const bool reported = ::write(chosen[1], &number, sizeof(number)) > 0;
            ::_exit(reported && ::read(hold[0], &end, 1) == 0 ? 0 : 1);
        }
    }
    std::set<int> numbers;
    for (int i = 0; i < kProcesses; ++i) {
        int number = 0;
        ASSERT_EQ(::read(chosen[0], &number, sizeof(number)), static_cast<ssize_t>(sizeof(number)));
        EXPECT_TRUE(numbers.insert(number).second) << number;
    }
    EXPECT_EQ(*numbers.begin(), 1);
    EXPECT_EQ(*numbers.rbegin(), kProcesses);
    for (const int fd : {chosen[0], chosen[1], hold[0], hold[1]}) {
        ::close(fd);
    }
    for (int i = 0; i < kProcesses; ++i) {
        int status = 0;
        ASSERT_GT(::wait(&status), 0);
        EXPECT_EQ(status, 0);
    }
}

}  // namespace
}  // namespace citus_init::postgres
