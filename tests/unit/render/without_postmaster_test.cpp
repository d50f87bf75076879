#include "citus_init/render/without_postmaster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::render {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(WithoutPostmaster, IsChosenByTheFirstArgument) {
    EXPECT_TRUE(runs_without_postmaster({"--single", "-D", "/data", "postgres"}));
    EXPECT_TRUE(runs_without_postmaster({"--boot"}));
    EXPECT_TRUE(runs_without_postmaster({"--check", "-c", "shared_buffers=1GB"}));
    EXPECT_FALSE(runs_without_postmaster({}));
    EXPECT_FALSE(runs_without_postmaster({"-D", "/data", "--single"}));
    EXPECT_FALSE(runs_without_postmaster({"--single=on"}));
}

TEST(WithoutPostmaster, FindsTheDirectoryAmongOptionsAndOperands) {
    EXPECT_THAT(directory_arguments({"--single", "-D", "/data", "mine"}),
                ElementsAre("-D", "/data"));
    EXPECT_THAT(directory_arguments({"--single", "mine", "-FjD/data"}), ElementsAre("-D", "/data"));
    EXPECT_THAT(
        directory_arguments({"--single", "--Data-Directory=/d", "-c", "config_file=/c", "-c",
                             "work_mem=1MB", "--config-file=/e"}),
        ElementsAre("-c", "Data-Directory=/d", "-c", "config_file=/c", "-c", "config-file=/e"));
    // The name of a file, of a database, and an argument that is missing.
    EXPECT_THAT(directory_arguments({"--single", "-r", "-D", "--", "-D"}), IsEmpty());
    EXPECT_THAT(directory_arguments({"--single", "-", "-D"}), IsEmpty());
    EXPECT_THAT(directory_arguments({"--single"}), IsEmpty());
}

TEST(WithoutPostmaster, HasOtherOptionsInBootstrapMode) {
    EXPECT_THAT(directory_arguments({"--boot", "-k", "-D", "/data"}), ElementsAre("-D", "/data"));
    EXPECT_THAT(directory_arguments({"--single", "-k", "-D", "/data"}), IsEmpty());
    EXPECT_THAT(directory_arguments({"--boot", "-X", "-D"}), IsEmpty());
}

}  // namespace
}  // namespace citus_init::render
