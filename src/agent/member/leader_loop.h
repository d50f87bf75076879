#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/ha/patroni/client/rest_client.h"
#include "citus_init/ha/patroni/dcs_configuration.h"

#include "agent/local_session.h"
#include "agent/member/member_probe.h"

namespace citus_init::agent {

// What the leader of a group sees to, since Patroni does not: the superuser's password, the
// database of the clients, and that the configuration store holds what the settings say.
class LeaderLoop {
  public:
    // All outlive it.
    LeaderLoop(const AgentContext& context, ha::RestClient& rest, LocalSession& local,
               Reporter& reporter);

    // `look`: of now; this member leads and its server takes writes.
    void pass(const MemberSnapshot& snapshot);

    // Whether POSTGRES_DB is known to be there.
    bool database_is_there() const { return database_is_there_; }

  private:
    using Clock = std::chrono::steady_clock;

    void ensure_password();
    void ensure_database();
    void compare_configuration();
    void report_or_apply(const std::vector<patroni::DcsDifference>& differences);

    const AgentContext& context_;
    ha::RestClient& rest_;
    LocalSession& local_;
    Reporter& reporter_;
    bool database_is_there_ = false;
    Clock::time_point next_comparison_;
    std::string reported_differences_;
};

}  // namespace citus_init::agent
