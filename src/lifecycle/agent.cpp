#include "citus_init/lifecycle/agent.h"

#include <fmt/core.h>

namespace citus_init::lifecycle {

std::string silence_text(const AgentPolicy& policy) {
    return fmt::format(
        "the agent has not responded for {} s (stopped or hanging): it is killed, and another one "
        "started",
        policy.longest_silence().count() / 1000);
}

}  // namespace citus_init::lifecycle
