#pragma once

#include <sys/types.h>

#include <chrono>
#include <stop_token>
#include <string>
#include <thread>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"

namespace citus_init::agent {

// With a repository host: `pgbackrest server` beside PostgreSQL, which the host reads the data
// directory through (ADR 85), from when this node has its stanza. Runs it anew when it ends, has it
// read its configuration again when PID 1 has written another, and renews its certificate. In a
// thread of its own, with which pgBackRest ends.
class BackupServer {
  public:
    // Both outlive it.
    BackupServer(const AgentContext& context, Reporter& reporter);

    // Once the node is prepared. Does nothing without a repository host.
    void start();

  private:
    class Process;

    void run(const std::stop_token& stop);
    // Serves until the process ends, or `stop`. False: it could not be started, or has ended.
    void serve(Process& process, const std::stop_token& stop);
    void renew_certificate(Process& process);
    bool is_configured() const;

    const AgentContext& context_;
    Reporter& reporter_;
    std::string configuration_;
    std::chrono::steady_clock::time_point renewal_due_{};
    std::jthread thread_;  // last: it uses the others, so it ends first
};

}  // namespace citus_init::agent
