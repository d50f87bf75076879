#include "citus_init/citus/operations/shard_moves.h"

#include <gtest/gtest.h>

namespace citus_init::citus {
namespace {

// As Citus 13.2.2 gave it.
constexpr const char* kDetails = R"json({"tasks": [{
    "LSN": {"lag": null, "source": "0/1FA6698", "target": null},
    "size": {"source": 884736, "target": 442368},
    "hosts": {"source": "127.0.1.2:35933", "target": "127.0.1.3:35933"},
    "phase": "Catching Up", "state": "running",
    "command": "SELECT pg_catalog.citus_move_shard_placement(102009,2,3,'auto')",
    "message": "", "retried": 1, "task_id": 2}],
    "task_state_counts": {"done": 1, "blocked": 1, "running": 1}})json";

TEST(MoveJob, IsReadFromWhatCitusReports) {
    const MoveJob job = parse_job(5, "running", kDetails);
    EXPECT_EQ(job.id, 5);
    EXPECT_EQ(job.done, 1);
    EXPECT_EQ(job.total, 3);
    EXPECT_FALSE(job.over());
    ASSERT_EQ(job.running.size(), 1U);
    const RunningMove& move = job.running.front();
    EXPECT_EQ(move.from, "127.0.1.2:35933");
    EXPECT_EQ(move.to, "127.0.1.3:35933");
    EXPECT_EQ(move.phase, "Catching Up");
    EXPECT_EQ(move.copied_bytes, 442368);
    EXPECT_EQ(move.total_bytes, 884736);
    EXPECT_EQ(move.position, "0/1FA6698");
    EXPECT_EQ(move.retried, 1);
}

TEST(MoveJob, ReliesOnNothingToBeThere) {
    for (const char* details : {"", "{}", "[]", "null", "{\"tasks\": 7}", "{\"tasks\": [7]}",
                                "{\"tasks\": [{}], \"task_state_counts\": [1]}"}) {
        const MoveJob job = parse_job(1, "scheduled", details);
        EXPECT_EQ(job.total, 0) << details;
        EXPECT_FALSE(job.over());
    }
}

TEST(MoveJob, IsOverInThreeWays) {
    EXPECT_TRUE(parse_job(1, "finished", "{}").over());
    EXPECT_FALSE(parse_job(1, "finished", "{}").failed());
    EXPECT_TRUE(parse_job(1, "failed", "{}").failed());
    EXPECT_TRUE(parse_job(1, "cancelled", "{}").failed());
    EXPECT_FALSE(parse_job(1, "failing", "{}").over());
    EXPECT_FALSE(parse_job(1, "cancelling", "{}").over());
}

}  // namespace
}  // namespace citus_init::citus
