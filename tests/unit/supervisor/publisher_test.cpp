#include "supervisor/publisher.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "citus_init/status/node_status.h"

#include "unit/postgres/scratch.h"

namespace citus_init::supervisor {
namespace {

// A full disk, say: the next heartbeat publishes the same once more.
TEST(Publisher, TriesAgainWhatCouldNotBeWritten) {
    const postgres::Scratch scratch;
    const std::string run_directory = scratch / "run";
    Publisher publisher(run_directory);
    status::NodeStatus status;
    status.phase = status::Phase::stopping;
    publisher.publish(status);
    std::filesystem::create_directory(run_directory);
    publisher.publish(status);
    EXPECT_TRUE(std::filesystem::exists(status::state_path(run_directory)));
}

}  // namespace
}  // namespace citus_init::supervisor
