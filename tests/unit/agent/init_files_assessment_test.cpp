#include "agent/member/init_files_assessment.h"

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

InitFilesAssessment assess(const std::vector<InitFileRow>& rows,
                           const std::vector<std::string>& files) {
    return assess_init_files({true, false, rows, files}, kDone);
}

TEST(InitFilesAssessment, NotesANewClusterBeforeClientsCanMakeItSeemOld) {
    EXPECT_EQ(assess_init_files({false, false, {}, {"1.sql"}}, kDone).step, InitFilesStep::note);
}

TEST(InitFilesAssessment, LeavesAClusterAloneThatHadContent) {
    EXPECT_EQ(assess_init_files({false, true, {}, {"1.sql"}}, kDone).step, InitFilesStep::dismiss);
}

TEST(InitFilesAssessment, TakesAClusterWithoutFilesForDone) {
    EXPECT_EQ(assess_init_files({false, false, {}, {}}, kDone).step, InitFilesStep::dismiss);
}

TEST(InitFilesAssessment, RunsAllOfANotedCluster) {
    const auto assessment = assess({}, {"1.sql", "2.sh"});
    EXPECT_EQ(assessment.step, InitFilesStep::run);
    EXPECT_THAT(assessment.to_run, ElementsAre("1.sql", "2.sh"));
    EXPECT_THAT(assessment.left_out, ElementsAre());
}

TEST(InitFilesAssessment, NeverRunsAnythingAfterTheFirstCompleteRun) {
    EXPECT_EQ(assess({finished("1.sql"), finished(kDone)}, {"1.sql", "2.sh"}),
              (InitFilesAssessment{}));
    EXPECT_EQ(assess({finished(kDone)}, {"1.sql"}), (InitFilesAssessment{}));
}

TEST(InitFilesAssessment, NeverRepeatsAFailureAndReportsItsFix) {
    InitFileRow failed = begun("it's.sql");
    failed.failure = "exit code 3";
    const auto assessment =
        assess({finished("1.sql"), failed, planned("a.sh")}, {"1.sql", "a.sh", "it's.sql"});
    EXPECT_EQ(assessment.step, InitFilesStep::stuck);
    EXPECT_THAT(assessment.finding->what,
                HasSubstr("it's.sql (begun 2026-01-02 03:04:06+00) failed: exit code 3"));
    EXPECT_THAT(assessment.finding->fix,
                AllOf(HasSubstr("DELETE FROM citus_init.init_file WHERE finished IS NULL"),
                      HasSubstr("WHERE name = 'it''s.sql'")));
}

TEST(InitFilesAssessment, NamesWhereARunWasInterrupted) {
    const auto assessment =
        assess({finished("1.sql"), begun("2.sh"), planned("3.sh")}, {"1.sql", "2.sh", "3.sh"});
    EXPECT_EQ(assessment.step, InitFilesStep::stuck);
    EXPECT_THAT(assessment.finding->what, HasSubstr("interrupted at 2.sh (begun "));
}

TEST(InitFilesAssessment, CountsWhatIsOnlyPlannedAsBegun) {
    const auto assessment = assess({planned("1.sql"), planned("2.sh")}, {"1.sql", "2.sh"});
    EXPECT_EQ(assessment.step, InitFilesStep::stuck);
    EXPECT_THAT(assessment.finding->what, HasSubstr("interrupted at 1.sql:"));
    EXPECT_THAT(assessment.finding->what, Not(HasSubstr("begun")));
}

TEST(InitFilesAssessment, GoesOnWithTheRestOnceTheUnfinishedRowsAreDeleted) {
    const auto assessment = assess({finished("1.sql")}, {"1.sql", "2.sh", "3.sh"});
    EXPECT_EQ(assessment.step, InitFilesStep::run);
    EXPECT_THAT(assessment.to_run, ElementsAre("2.sh", "3.sh"));
    EXPECT_THAT(assessment.left_out, ElementsAre("1.sql"));
}

TEST(InitFilesAssessment, IsDoneOnceEveryFileIsFinished) {
    EXPECT_EQ(assess({finished("1.sql"), finished("2.sh")}, {"1.sql", "2.sh"}).step,
              InitFilesStep::dismiss);
}

}  // namespace
}  // namespace citus_init::agent
