#pragma once

#include <optional>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/citus/membership/join_workers.h"
#include "citus_init/citus/session.h"
#include "citus_init/network/discovery.h"
#include "citus_init/network/resolver.h"

namespace citus_init::agent {

enum class Announcements {
    make_possible,  // by table and function, where they are missing
    only_read,
};

// Who ought to be a worker of this coordinator: CITUS_WORKERS, what CITUS_WORKER_DISCOVERY finds,
// who announced himself. In that order.
class WorkerSources {
  public:
    WorkerSources(const AgentContext& context, Reporter& reporter,
                  Announcements announcements = Announcements::make_possible);
    WorkerSources(const WorkerSources&) = delete;
    WorkerSources& operator=(const WorkerSources&) = delete;

    // To be asked at each pass. `coordinator`: superuser, no open transaction. `own`: what this
    // coordinator is registered under. Blocks up to the discovery's deadline (5 s). A source that
    // fails is reported once and makes the list incomplete. Error: the session broke.
    [[nodiscard]] citus::SqlResult<citus::DesiredWorkers> desired(citus::Session& coordinator,
                                                                  const HostPort& own);

  private:
    std::vector<HostPort> listed() const;
    std::vector<HostPort> discovered(bool& complete);
    [[nodiscard]] citus::SqlResult<std::vector<citus::Announcement>> announced(
        citus::Session& coordinator, bool& complete);

    const AgentContext& context_;
    Reporter& reporter_;
    Announcements announcements_;
    network::SystemResolver resolver_;
    std::optional<network::Discovery> discovery_;
    bool discovery_failed_ = false;  // and it was said
    bool announcements_ready_ = false;
};

}  // namespace citus_init::agent
