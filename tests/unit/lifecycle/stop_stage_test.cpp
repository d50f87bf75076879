#include "citus_init/lifecycle/stop_stage.h"

#include <gtest/gtest.h>

namespace citus_init::lifecycle {
namespace {

constexpr StopStage kAll[] = {StopStage::none, StopStage::asked, StopStage::interrupt,
                              StopStage::quit, StopStage::kill};

TEST(StopStage, AnotherRequestNeverGoesBack) {
    for (const StopStage stage : kAll) {
        EXPECT_GE(escalated(stage), stage);
        EXPECT_GE(escalated(stage), StopStage::quit);
    }
}

TEST(StopStage, SendsPostgresqlsShutdownSignals) {
    EXPECT_EQ(signal_of(stage_of(StopMode::fast)), Signal::interrupt);
    EXPECT_EQ(signal_of(stage_of(StopMode::immediate)), Signal::quit);
    EXPECT_EQ(signal_of(StopStage::kill), Signal::kill);
}

}  // namespace
}  // namespace citus_init::lifecycle
