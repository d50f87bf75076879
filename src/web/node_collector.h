#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "citus_init/agent/agent_context.h"
#include "citus_init/monitor/collector.h"
#include "citus_init/monitor/snapshot.h"
#include "citus_init/settings/environment.h"
#include "citus_init/settings/settings.h"
#include "citus_init/status/node_status.h"

namespace citus_init::web {

// The collector of the server that runs on this node, from when there is one. That server may be
// another one later, at another port.
class NodeCollector {
  public:
    // Both outlive it.
    NodeCollector(const settings::Environment& environment, const settings::Settings& settings);

    // Where the server is, as its postmaster.pid says. Never blocks but for local files, and for
    // loading libpq once.
    void follow(const status::NodeStatus& status);

    // The last one, never null.
    std::shared_ptr<const monitor::Snapshot> snapshot() const;

  private:
    // What a collector works with, in the order of their lives.
    struct Collection {
        explicit Collection(agent::AgentContext own) : context(std::move(own)) {}
        agent::AgentContext context;
        monitor::Collector collector;
    };
    void start(const agent::LocalServer& server);

    const settings::Environment& environment_;
    const settings::Settings& settings_;
    std::optional<std::pair<std::string, int>> followed_;  // socket directory and port
    std::unique_ptr<Collection> collection_;
};

}  // namespace citus_init::web
