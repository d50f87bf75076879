#pragma once

#include <functional>
#include <string>

#include "citus_init/base/secret.h"
#include "citus_init/http/server/server.h"
#include "citus_init/status/node_status.h"

namespace citus_init::web {

// Where the answers come from. None of it blocks.
struct Sources {
    std::function<status::NodeStatus()> status;
    // Why what runs is taken for hung, "" = it is not.
    std::function<std::string()> hung;
    // The body of /metrics in the format that an Accept header prefers.
    std::function<http::ServerResponse(const std::string& accept)> metrics;
    // Of the page: JSON, and the stream of events.
    std::function<http::ServerResponse()> overview;
    std::function<http::ServerResponse()> events;
};

// The probes to whoever asks, the rest to whom access.h grants it.
http::ServerResponse respond(const http::ServerRequest& request, const Sources& sources,
                             const Secret& token);

}  // namespace citus_init::web
