#pragma once

#include <cstdint>
#include <string_view>

#include "citus_init/http/server/server.h"
#include "citus_init/monitor/snapshot.h"
#include "citus_init/status/node_status.h"

namespace citus_init::web {

// The body of /metrics in the format that an Accept header prefers: the node's own state, what the
// collector has seen last, and what the listener itself does. Ages are of now.
http::ServerResponse metrics_page(std::string_view accept, const status::NodeStatus& status,
                                  const monitor::Snapshot& snapshot,
                                  const http::Server::Counters& listener,
                                  std::uint64_t dropped_lines);

}  // namespace citus_init::web
