#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>

#include "citus_init/agent/reporter.h"
#include "citus_init/ha/backend/member_monitor.h"
#include "citus_init/settings/settings.h"

#include "agent/peer_addresses.h"

namespace citus_init::agent {

// Where pg_hba.conf has to distinguish nodes from clients by their addresses: those of all members
// of all groups, the replicas included, since each of them may be the next that connects as a
// leader.
class MemberPeers {
  public:
    using Clock = std::chrono::steady_clock;

    // All outlive it.
    MemberPeers(const settings::Settings& settings, ha::MemberMonitor& monitor, Reporter& reporter);

    // Reports to PID 1 where it is time to. Blocks for one request for each other group, one to the
    // DCS where one of them does not answer, and for the name service.
    void probe(const ha::MemberSnapshot& snapshot, Clock::time_point now);

  private:
    void add_restoring(const std::set<int>& silent);

    const settings::Settings& settings_;
    ha::MemberMonitor& monitor_;
    Reporter& reporter_;
    bool is_wanted_;
    Clock::time_point due_;
    // By group: one that cannot be asked keeps what it had.
    std::map<int, std::set<std::string>> hosts_;
    PeerAddresses addresses_;
};

}  // namespace citus_init::agent
