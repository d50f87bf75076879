#pragma once
#include <string>
#include <vector>
namespace citus_init::app {
int run_agent(const std::vector<std::string>& arguments);
}
