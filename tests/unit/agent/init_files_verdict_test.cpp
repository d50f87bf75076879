#include "agent/patroni/init_files_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::agent {
namespace {

using citus::InitFileRow;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kDone = "/init.d";

InitFileRow finished(const std::string& name) {
    return {name, "2026-01-02 03:04:05+00", true, ""};
}
InitFileRow begun(const std::string& name) {
    return {name, "2026-01-02 03:04:06+00", false, ""};
}
InitFileRow planned(const std::string& name) {
    return {name, "", false, ""};
}

InitFilesVerdict judge(const std::vector<InitFileRow>& rows,
                       const std::vector<std::string>& files) {
    return judge_init_files({true, false, rows, files}, kDone);
}

TEST(InitFilesVerdict, NotesANewClusterBeforeClientsCanMakeItLookOld) {
    EXPECT_EQ(judge_init_files({false, false, {}, {"1.sql"}}, kDone).step, InitFilesStep::note);
}

TEST(InitFilesVerdict, LeavesAClusterAloneThatHadContent) {
    EXPECT_EQ(judge_init_files({false, true, {}, {"1.sql"}}, kDone).step, InitFilesStep::dismiss);
}

TEST(InitFilesVerdict, TakesAClusterWithoutFilesForDone) {
    EXPECT_EQ(judge_init_files({false, false, {}, {}}, kDone).step, InitFilesStep::dismiss);
}

TEST(InitFilesVerdict, RunsAllOfANotedCluster) {
    const auto verdict = judge({}, {"1.sql", "2.sh"});
    EXPECT_EQ(verdict.step, InitFilesStep::run);
    EXPECT_THAT(verdict.to_run, ElementsAre("1.sql", "2.sh"));
    EXPECT_THAT(verdict.left_out, ElementsAre());
}

TEST(InitFilesVerdict, NeverRunsAnythingAfterTheFirstCompleteRun) {
    EXPECT_EQ(judge({finished("1.sql"), finished(kDone)}, {"1.sql", "2.sh"}), (InitFilesVerdict{}));
    EXPECT_EQ(judge({finished(kDone)}, {"1.sql"}), (InitFilesVerdict{}));
}

TEST(InitFilesVerdict, NeverRepeatsAFailureAndTellsItsFix) {
    InitFileRow failed = begun("it's.sql");
    failed.failure = "exit code 3";
    const auto verdict =
        judge({finished("1.sql"), failed, planned("a.sh")}, {"1.sql", "a.sh", "it's.sql"});
    EXPECT_EQ(verdict.step, InitFilesStep::stuck);
    EXPECT_THAT(verdict.finding->what,
                HasSubstr("it's.sql (begun 2026-01-02 03:04:06+00) failed: exit code 3"));
    EXPECT_THAT(verdict.finding->fix,
                AllOf(HasSubstr("DELETE FROM citus_init.init_file WHERE finished IS NULL"),
                      HasSubstr("WHERE name = 'it''s.sql'")));
}

TEST(InitFilesVerdict, NamesWhereARunWasInterrupted) {
    const auto verdict =
        judge({finished("1.sql"), begun("2.sh"), planned("3.sh")}, {"1.sql", "2.sh", "3.sh"});
    EXPECT_EQ(verdict.step, InitFilesStep::stuck);
    EXPECT_THAT(verdict.finding->what, HasSubstr("interrupted at 2.sh (begun "));
}

TEST(InitFilesVerdict, CountsWhatIsOnlyPlannedAsBegun) {
    const auto verdict = judge({planned("1.sql"), planned("2.sh")}, {"1.sql", "2.sh"});
    EXPECT_EQ(verdict.step, InitFilesStep::stuck);
    EXPECT_THAT(verdict.finding->what, HasSubstr("interrupted at 1.sql:"));
    EXPECT_THAT(verdict.finding->what, Not(HasSubstr("begun")));
}

TEST(InitFilesVerdict, GoesOnWithTheRestOnceTheUnfinishedRowsAreDeleted) {
    const auto verdict = judge({finished("1.sql")}, {"1.sql", "2.sh", "3.sh"});
    EXPECT_EQ(verdict.step, InitFilesStep::run);
    EXPECT_THAT(verdict.to_run, ElementsAre("2.sh", "3.sh"));
    EXPECT_THAT(verdict.left_out, ElementsAre("1.sql"));
}

TEST(InitFilesVerdict, IsDoneOnceEveryFileIsFinished) {
    EXPECT_EQ(judge({finished("1.sql"), finished("2.sh")}, {"1.sql", "2.sh"}).step,
              InitFilesStep::dismiss);
}

}  // namespace
}  // namespace citus_init::agent
