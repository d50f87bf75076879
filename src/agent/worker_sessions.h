#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/citus/membership/reconciler.h"
#include "citus_init/citus/session.h"

namespace citus_init::agent {

// How often pools follow the workers.
inline constexpr std::chrono::minutes kWorkerSessionsInterval{1};
inline constexpr int kMostSessions = 262'143;

// Of a server, in SQL: max_connections less the reserved ones.
inline constexpr const char* kSessionsOfServer =
    "pg_catalog.current_setting('max_connections')::pg_catalog.int4 "
    "- pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int4 "
    // Since PostgreSQL 16.
    "- coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::pg_catalog.int4";

// With CITUS_TUNE=auto: how many sessions a coordinator's workers have, for its pools. Reports to
// PID 1 when workers come and go, and each minute, as a worker may be started with another number.
class WorkerSessions {
  public:
    using Clock = std::chrono::steady_clock;

    // All outlive it.
    WorkerSessions(const AgentContext& context, Reporter& reporter);

    // After a pass. Blocks for one connection to each worker. Where one does not answer, what was
    // reported holds until the next pass.
    void probe(citus::Session& coordinator, const citus::PassReport& pass, Clock::time_point now);

  private:
    [[nodiscard]] std::optional<int> fewest_sessions(citus::Session& coordinator,
                                                     const std::vector<HostPort>& workers);

    const AgentContext& context_;
    Reporter& reporter_;
    std::vector<HostPort> workers_;  // whose sessions were reported
    Clock::time_point due_{};
    bool has_warned_ = false;
};

}  // namespace citus_init::agent
