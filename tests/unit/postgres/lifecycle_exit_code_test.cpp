// docs/exit-codes.md: 0 is a clean end, whoever asked for it and however.
#include <cctype>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "citus_init/postgres/lifecycle.h"

#include "lifecycle_node.h"

namespace citus_init::postgres::lifecycle {
namespace {

const Event kStop = StopRequested{};
const Event kStopAtOnce = StopRequested{StopMode::immediate};
const Event kReady = ServerStatusChanged{ServerStatus::ready};
const Event kDeadline = TimerExpired{Timer::stop_deadline};
const Event kGone = OrphansGone{};
const Started kUpgrade{{.upgrade = true}};
const Started kRestore{{.restore = true}};
const Started kFresh{{.bootstrap = true, .init_scripts = true}};

Event server_exits(int code, bool clean) {
    return ChildExited{Child::server, code, clean, "exit code " + std::to_string(code)};
}
Event exits(Child child, int code, bool clean = true) {
    return ChildExited{child, code, clean, "exit code " + std::to_string(code)};
}

struct EndCase {
    const char* what;
    std::vector<Event> events;
    int code;
    const char* why;  // a part of it
};

const std::vector<EndCase> kEnds{
    EndCase{"SIGTERM", {Started{}, kReady, kStop, server_exits(0, true), kGone}, 0, "request"},
    EndCase{"SIGTERM before the server had its handlers",
            {Started{}, kStop, server_exits(130, true), kGone},
            0,
            "request"},
    EndCase{"SIGTERM, and the server fails in its shutdown",
            {Started{}, kReady, kStop, server_exits(1, false), kGone},
            1,
            "did not shut down cleanly"},
    EndCase{"SIGTERM twice",
            {Started{}, kReady, kStop, kStop, server_exits(0, false), kGone},
            1,
            "recovers at its next start"},
    EndCase{"SIGTERM and the deadline",
            {Started{}, kReady, kStop, kDeadline, server_exits(0, false), kGone},
            1,
            "did not shut down cleanly"},
    EndCase{"SIGTERM, clean just before the second one",
            {Started{}, kReady, kStop, kStop, server_exits(0, true), kGone},
            0,
            "request"},
    EndCase{"SIGTERM until SIGKILL",
            {Started{}, kReady, kStop, kDeadline, kDeadline, server_exits(137, false), kGone},
            137,
            "did not shut down cleanly"},
    EndCase{"SIGQUIT, after which the postmaster exits with 0",
            {Started{}, kReady, kStopAtOnce, server_exits(0, false), kGone},
            1,
            "did not shut down cleanly (exit code 0)"},
    EndCase{"a stop between a crash and the next start",
            {Started{}, kReady, server_exits(137, false), kGone, kReady, server_exits(137, false),
             kGone, kStop},
            137,
            "exit code 137"},
    EndCase{"a stop while a crash is cleared up",
            {Started{}, kReady, server_exits(137, false), kStop, kGone},
            137,
            "exit code 137"},
    EndCase{
        "pg_ctl stop inside", {Started{}, kReady, server_exits(0, true), kGone}, 0, "from inside"},
    EndCase{"a server that never came up",
            {Started{}, server_exits(1, true), kGone},
            1,
            "before it was ready"},
    EndCase{"a server that ends with 0 before it was ready",
            {Started{}, server_exits(0, false), kGone},
            1,
            "before it was ready"},
    EndCase{"the agent refuses the node",
            {Started{}, kReady, AgentFatal{65, "older library"}, server_exits(0, true), kGone},
            65,
            "older library"},
    EndCase{
        "a stop after the agent has refused the node",
        {Started{}, kReady, AgentFatal{65, "older library"}, kStop, server_exits(0, false), kGone},
        65,
        "older library"},
    EndCase{"no process for the server",
            {Started{}, SpawnFailed{Child::server, "no process"}},
            71,
            "no process"},
    EndCase{"initdb fails", {kFresh, exits(Child::initdb, 1), kGone}, 1, "initdb failed"},
    EndCase{"a stop during initdb", {kFresh, kStop, exits(Child::initdb, 1), kGone}, 0, ""},
    EndCase{"an upgrade", {kUpgrade, exits(Child::upgrade, 0)}, 0, "upgraded"},
    EndCase{"an upgrade that fails",
            {kUpgrade, exits(Child::upgrade, 65), kGone},
            65,
            "the upgrade of the data directory failed"},
    EndCase{"a restore", {kRestore, exits(Child::restore, 0)}, 0, "restored"},
    EndCase{"a restore that fails",
            {kRestore, exits(Child::restore, 69), kGone},
            69,
            "the restore of the data directory failed"},
    EndCase{"a stop during a restore",
            {kRestore, kStop, exits(Child::restore, 143), kGone},
            0,
            "stopped on request"},
    EndCase{"a stop during an upgrade",
            {kUpgrade, kStop, exits(Child::upgrade, 143), kGone},
            0,
            "stopped on request"},
    EndCase{"the disk is full when the bootstrap is noted",
            {kFresh, BootstrapFailed{74, "no space"}, exits(Child::initdb, 143), kGone},
            74,
            "no space"},
    EndCase{"the disk is full when the bootstrap is completed",
            {kFresh, exits(Child::initdb, 0), kReady, exits(Child::preparation, 0),
             exits(Child::init_scripts, 0), exits(Child::bootstrap_server, 0),
             exits(Child::sync, 0), BootstrapFailed{74, "no space"}, server_exits(0, true), kGone},
            74,
            "no space"}};

class LifecycleExitCode : public ::testing::TestWithParam<EndCase> {};

TEST_P(LifecycleExitCode, IsZeroOnlyAfterACleanEnd) {
    Node node;
    for (const Event& event : GetParam().events) {
        node.happens(event);
    }
    ASSERT_EQ(node.at(), Step::finished);
    EXPECT_EQ(node.state().ending->code, GetParam().code);
    EXPECT_NE(node.state().ending->why.find(GetParam().why), std::string::npos)
        << node.state().ending->why;
}

INSTANTIATE_TEST_SUITE_P(Ends, LifecycleExitCode, ::testing::ValuesIn(kEnds), [](const auto& row) {
    std::string name = row.param.what;
    for (char& c : name) {
        c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    }
    return name;
});

}  // namespace
}  // namespace citus_init::postgres::lifecycle
