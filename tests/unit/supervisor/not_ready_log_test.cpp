#include "supervisor/not_ready_log.h"

#include <gtest/gtest.h>

namespace citus_init::supervisor {
namespace {

using status::Phase;
using namespace std::chrono_literals;

status::NodeStatus not_ready(const std::string& reason, Phase phase = Phase::starting) {
    status::NodeStatus state;
    state.phase = phase;
    state.condition = {status::ConditionKind::ended, "", "", reason};
    return state;
}

TEST(NotReadyLog, ReportsAReasonWithinTenSecondsAndThenEachMinute) {
    NotReadyLog log;
    log.observe(not_ready("no password"), 0s);
    EXPECT_EQ(log.until_due(1s), 7s);
    EXPECT_FALSE(log.take_due(7s));
    EXPECT_EQ(log.take_due(8s)->text, "not ready for 8 s, starting: no password");
    log.observe(not_ready("no password"), 9s);
    EXPECT_EQ(log.until_due(9s), 59s);
    EXPECT_EQ(log.take_due(68s)->text, "not ready for 68 s, starting: no password");
}

TEST(NotReadyLog, ReportsANewReasonWithinTenSeconds) {
    NotReadyLog log;
    log.observe(not_ready("a"), 0s);
    ASSERT_TRUE(log.take_due(8s));
    log.observe(not_ready("b"), 20s);
    EXPECT_EQ(log.until_due(20s), 8s);
    log.observe(not_ready("a"), 22s);  // as it was
    EXPECT_EQ(log.until_due(22s), 46s);
    log.observe(not_ready("b"), 23s);
    log.observe(not_ready("c"), 29s);
    EXPECT_EQ(log.take_due(31s)->text, "not ready for 31 s, starting: c");
}

TEST(NotReadyLog, IsSilentWhenReadyOrStopping) {
    for (const Phase phase : {Phase::ready, Phase::stopping}) {
        NotReadyLog log;
        log.observe(not_ready("a"), 0s);
        log.observe(not_ready("", phase), 5s);
        EXPECT_EQ(log.until_due(5s), std::nullopt);
        EXPECT_FALSE(log.take_due(100s));
        log.observe(not_ready("b"), 100s);
        EXPECT_EQ(log.take_due(108s)->text, "not ready for 8 s, starting: b");
    }
}

TEST(NotReadyLog, WarnsOnlyOfWhatIsNoOrdinaryWork) {
    for (const auto& [phase, warns] : {std::pair{Phase::starting, true},
                                       {Phase::failed, true},
                                       {Phase::bootstrapping, false},
                                       {Phase::recovering, false}}) {
        NotReadyLog log;
        log.observe(not_ready("a", phase), 0s);
        EXPECT_EQ(log.take_due(8s)->is_warning, warns);
    }
}

}  // namespace
}  // namespace citus_init::supervisor
