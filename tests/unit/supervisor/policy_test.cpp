#include <gtest/gtest.h>

#include "supervisor/standalone/node_phase.h"

namespace citus_init::supervisor {
namespace {

using std::chrono::milliseconds;

settings::Settings pausing_worker() {
    settings::Settings settings;
    settings.citus.enable = true;
    settings.citus.role = settings::Role::worker;
    settings.citus.stop_pause = true;
    return settings;
}

TEST(Policy, HoldsTheTrafficOfAWorkerThatWantsItOnly) {
    EXPECT_EQ(policy_of_node(pausing_worker()).hold_timeout, milliseconds(2'000));
    for (auto* change :
         {+[](settings::CitusSettings& citus) { citus.stop_pause = false; },
          +[](settings::CitusSettings& citus) { citus.enable = false; },
          +[](settings::CitusSettings& citus) { citus.role = settings::Role::coordinator; }}) {
        auto settings = pausing_worker();
        change(settings.citus);
        EXPECT_EQ(policy_of_node(settings).hold_timeout, milliseconds(0));
    }
}

TEST(Policy, LeavesTheShutdownMostOfItsTime) {
    auto settings = pausing_worker();
    settings.supervisor.stop_timeout = milliseconds(1'000);
    EXPECT_EQ(policy_of_node(settings).hold_timeout, milliseconds(250));
}

}  // namespace
}  // namespace citus_init::supervisor
