#include <gtest/gtest.h>

#include "citus_init/agent/agent_context.h"

namespace citus_init::agent {
namespace {

TEST(LocalServer, IsTakenFromTheArguments) {
    const auto server = parse_local_server({"--socket-dir", "/run/x", "--port", "5433"});
    ASSERT_TRUE(server);
    EXPECT_EQ(server->socket_directory, "/run/x");
    EXPECT_EQ(server->port, 5433);
    EXPECT_TRUE(parse_local_server({"--socket-dir", "@abstract", "--port", "5433"}));
    const std::vector<std::vector<std::string>> bad{
        {},
        {"--socket-dir"},
        {"--socket-dir", "relative"},
        {"--socket-dir", "/x", "--port", "0"},
        {"--socket-dir", "/x", "--port", "65536"},
        {"--socket-dir", "/x", "--other", "1"},
        {"--socket-dir", "/x", "--port"},
    };
    for (const auto& arguments : bad) {
        const auto refused = parse_local_server(arguments);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ExitCode::usage);
    }
}

}  // namespace
}  // namespace citus_init::agent
