#pragma once

#include <cstdint>
#include <string>

#include "citus_init/status/node_status.h"

namespace citus_init::supervisor {

// Keeps the state file that `citus-init health` reads up to date. Writing is atomic but not
// durable: the file means nothing after a reboot. A file that cannot be written is logged once and
// costs only the health check.
class Publisher {
  public:
    explicit Publisher(const std::string& run_directory);

    // Writes when something changed. Whose state it is, the publisher itself fills in.
    void publish(status::NodeStatus status);

  private:
    std::string path_;
    std::int64_t pid_;
    std::int64_t pid_start_;
    std::string last_;
    bool complained_ = false;
};

}  // namespace citus_init::supervisor
