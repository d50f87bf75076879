#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"

#include "agent/certificate_watch.h"
#include "agent/database_watch.h"
#include "agent/local_session.h"
#include "agent/own_connection_watch.h"
#include "agent/peer_watch.h"
#include "agent/recovery_watch.h"
#include "agent/worker_count.h"

namespace citus_init::agent {

// What the agent of every node maintains, whatever its role: the certificate, the addresses of the
// other nodes and their number, whether the Citus database exists, whether Citus reaches its own
// node, the progress of the server's recovery. Runs while the agent waits for something else.
class Maintenance {
  public:
    // All outlive it.
    Maintenance(const AgentContext& context, LocalSession& local, Reporter& reporter);

    // As the reporter's; meanwhile what is due is done, unless the node is about to stop.
    [[nodiscard]] bool parent_gone_within(std::optional<std::chrono::milliseconds> longest);

    // There are other nodes, or this one is registered otherwise: their addresses and the own
    // connection are due.
    void members_changed() {
        peers_.probe_soon();
        own_connection_.probe_soon();
        workers_.probe_soon();
    }

    // Before the node is reported usable. False where clients cannot use the Citus database: then
    // the reason has been reported. Then as connect_to_own_node(). Blocks as DatabaseWatch and that
    // do.
    [[nodiscard]] bool probe_as_clients();

    // The nodes' addresses, its own among them, and the first connection to itself. Blocks for that
    // connection, and at most 2 s more until PID 1 has let the addresses in.
    void connect_to_own_node() { connect_to_own_node(nullptr); }

    // The Citus database or extension: nothing can be done with the cluster until it is back.
    bool database_is_gone() const { return database_.is_gone(); }

    // Whether PID 1 has asked, since the last call, to read again what the user may have changed.
    [[nodiscard]] bool take_reload_request() { return std::exchange(reload_requested_, false); }

  private:
    void tend();
    void connect_to_own_node(std::unique_ptr<citus::Session> unused);
    std::optional<std::chrono::milliseconds> until_due() const;

    Reporter& reporter_;
    bool reload_requested_ = false;
    CertificateWatch certificate_;
    PeerWatch peers_;
    OwnConnectionWatch own_connection_;
    DatabaseWatch database_;
    RecoveryWatch recovery_;
    WorkerCount workers_;
};

}  // namespace citus_init::agent
