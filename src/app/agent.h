#pragma once
#include <string>
namespace citus_init::app {
struct ServerAddress {
    std::string socket_directory;
    int port = 5432;
};
int run_agent(const ServerAddress& server);
}  // namespace citus_init::app
