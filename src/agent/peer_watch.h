#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/agent/reporter.h"
#include "citus_init/settings/settings.h"

#include "agent/local_session.h"
#include "agent/peer_addresses.h"

namespace citus_init::agent {

// Where nodes let clients in, too, pg_hba.conf has to distinguish them by their addresses (see
// render_pg_hba()): resolves those of all that are registered or to be, and reports them to PID 1.
class PeerWatch {
  public:
    using Clock = std::chrono::steady_clock;

    // All outlive it.
    PeerWatch(const settings::Settings& settings, LocalSession& local, Reporter& reporter);

    std::optional<Clock::time_point> due() const { return due_; }

    // Makes the next probe due, where there is to be one.
    void probe_soon() {
        if (due_) {
            due_ = Clock::time_point{};
        }
    }

    // Blocks for the name service. A name that cannot be resolved keeps what it had.
    void probe(Clock::time_point now);

  private:
    std::vector<std::string> names();

    const settings::Settings& settings_;
    LocalSession& local_;
    Reporter& reporter_;
    std::optional<Clock::time_point> due_;
    std::vector<std::string> registered_;
    PeerAddresses addresses_;
};

}  // namespace citus_init::agent
