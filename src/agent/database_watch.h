#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/citus/node_preparation.h"

namespace citus_init::agent {

// Notices what becomes of the Citus database while the server runs. The database, the
// extension in it or its metadata (the extension was made anew) is gone: the node is reported unfit
// for clients until it is back. The database accepts no connections, or the server has not
// responded to any for a while (a postmaster that is stopped), or has had no free slot for as long:
// the node is reported not ready. And that the server has read its files anew. A connection each
// seven seconds.
class DatabaseWatch {
  public:
    using Clock = std::chrono::steady_clock;

    // Both outlive it. A probe is due one interval from now, and after each.
    DatabaseWatch(const AgentContext& context, Reporter& reporter);

    Clock::time_point due() const { return due_; }
    bool is_due(Clock::time_point now) const { return now >= due_; }

    // Blocks as a connection to the local server does. What cannot be found out changes nothing.
    // Returns the session that found it out, if any, without a cached connection of Citus.
    std::unique_ptr<citus::Session> probe(Clock::time_point now);

    // As of the last probe.
    bool is_gone() const { return gone_ != citus::CitusLoss::none; }

    bool is_closed() const { return !is_none(closed_); }

    // Whether the server has, since the last call, been seen to have read its files anew.
    [[nodiscard]] bool take_reload() { return std::exchange(reloaded_, false); }

  private:
    citus::CitusLoss loss_of(const citus::DatabaseState& state);
    void report_loss(citus::CitusLoss gone);
    void report_closed(const citus::DatabaseState& state, Clock::time_point now);

    const AgentContext& context_;
    Reporter& reporter_;
    Clock::time_point due_;
    citus::CitusLoss gone_ = citus::CitusLoss::none;
    std::string server_id_;     // of the metadata at the first probe
    status::Condition closed_;  // why it takes no client, as last reported
    std::optional<Clock::time_point> let_nobody_in_since_;
    std::string configuration_loaded_;
    bool reloaded_ = false;
};

}  // namespace citus_init::agent
