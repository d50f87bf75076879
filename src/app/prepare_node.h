#pragma once
#include "app/agent.h"
namespace citus_init::app {
int run_prepare_node(const ServerAddress& server);
}
