#include "citus_init/health/state.h"

#include <gtest/gtest.h>

namespace citus_init::health {
namespace {

TEST(HealthState, IsReadAsItWasWritten) {
    State state;
    state.phase = Phase::recovering;
    state.reason = "the server replays its log";
    state.node = "w1";
    state.role = "worker";
    state.pid = 1;
    state.pid_start = 987654321012;
    state.postmaster = 17;
    state.restarts = 3;
    state.since = "2026-11-22T14:00:00Z";
    state.data_directory = "/var/lib/postgresql/data";
    state.joined = true;
    state.membership = "joined as group 1";
    const auto read = from_json(to_json(state));
    ASSERT_TRUE(read);
    EXPECT_EQ(to_json(*read), to_json(state));
    EXPECT_EQ(read->phase, Phase::recovering);
    EXPECT_EQ(read->pid_start, 987654321012);
}

TEST(HealthState, TakesAFieldOfAnotherKindForOneThatIsMissing) {
    const auto read =
        from_json(R"({"state": "ready", "reason": 1, "pid": "x", "restarts": null, "joined": 1})");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->reason, "");
    EXPECT_EQ(read->pid, 0);
    EXPECT_EQ(read->restarts, 0);
    EXPECT_FALSE(read->joined);
}

TEST(HealthState, IsNotMadeOfWhatHoldsNone) {
    for (const char* text : {"", "[]", "{}", R"({"state": "well"})", R"({"state": 1})"}) {
        EXPECT_FALSE(from_json(text)) << text;
    }
}

}  // namespace
}  // namespace citus_init::health
