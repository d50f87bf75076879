#include "citus_init/process/out_of_memory.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "unit/process/isolated.h"

namespace citus_init::process {
namespace {

int own_score() {
    int score = 0;
    std::ifstream("/proc/self/oom_score_adj") >> score;
    return score;
}

TEST(AdjustOutOfMemoryScore, LowersOursAndLeavesTheBackendsAsTheyWere) {
    isolated([] {
        const int given = own_score();
        const auto scores = adjust_out_of_memory_score();
        ASSERT_TRUE(scores);
        if (scores->own == given) {
            GTEST_SKIP() << "needs CAP_SYS_RESOURCE";
        }
        EXPECT_EQ(own_score(), -900);
        EXPECT_EQ(scores->own, -900);
        EXPECT_EQ(scores->backends, given);
    });
}

TEST(AdjustOutOfMemoryScore, RaisesTheBackendsWhereLoweringIsNotPermitted) {
    isolated([] {
        if (::geteuid() == 0) {
            ASSERT_EQ(::setresuid(65534, 65534, 65534), 0);
            ::prctl(PR_SET_DUMPABLE, 1);
        }
        for (const int given : {100, 900}) {
            std::ofstream("/proc/self/oom_score_adj") << given;
            ASSERT_EQ(own_score(), given);
            const auto scores = adjust_out_of_memory_score();
            ASSERT_TRUE(scores);
            EXPECT_EQ(own_score(), given) << "untouched";
            EXPECT_EQ(scores->own, given);
            EXPECT_EQ(scores->backends, std::min(given + 200, 1000));
        }
    });
}

TEST(OutOfMemoryScores, SpeakToThePostmaster) {
    EXPECT_EQ((OutOfMemoryScores{-900, 0}.postmaster_environment()),
              (std::vector<std::string>{"PG_OOM_ADJUST_FILE=/proc/self/oom_score_adj",
                                        "PG_OOM_ADJUST_VALUE=0"}));
}

TEST(KilledAsAGroup, ReadsTheCgroup) {
    std::string directory = testing::TempDir() + "cgroupXXXXXX";
    ASSERT_NE(::mkdtemp(directory.data()), nullptr);
    EXPECT_FALSE(killed_as_a_group(directory));
    std::ofstream(directory + "/memory.oom.group") << "0\n";
    EXPECT_FALSE(killed_as_a_group(directory));
    std::ofstream(directory + "/memory.oom.group") << "1\n";
    EXPECT_TRUE(killed_as_a_group(directory));
    std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace citus_init::process
