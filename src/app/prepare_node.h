#pragma once
#include <string>
#include <vector>
namespace citus_init::app {
int run_prepare_node(const std::vector<std::string>& arguments);
}
