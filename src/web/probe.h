#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "citus_init/http/server/server.h"
#include "citus_init/status/node_status.h"

namespace citus_init::web {

// What a probe asks. Kubernetes' three, and Patroni's names for what a load balancer asks.
enum class Probe {
    live,       // neither hung nor failed: what does not answer so may be killed
    startup,    // a server was started: nobody is to kill it for the time that its recovery takes
    ready,      // clients can use this node
    primary,    // and may write
    replica,    // and find a standby
    read_only,  // either
};

// "/readyz", "/read-write"; none: no probe has this path.
std::optional<Probe> find_probe(std::string_view path);

// What a probe may ask beyond its name, by the query.
enum class ProbeScope { node, group, cluster };

struct ProbeQuestion {
    Probe probe = Probe::ready;
    ProbeScope scope = ProbeScope::node;
    std::optional<std::int64_t> longest_lag{};  // of `replica`, in bytes
    bool verbose = false;
};

// None: `query` has a value that is none. Unknown keys are ignored, as Patroni ignores them.
std::optional<ProbeQuestion> parse_question(Probe probe, std::string_view query);

// Whether the answer is yes. `hung`: why what runs is taken for hung, "" = it is not. Pure.
bool passes(const ProbeQuestion& question, const status::NodeStatus& status,
            const std::string& hung);

// 200 or 503, with the state, its reason and what is under way as JSON. `in_detail`: all that is
// known of the node.
http::ServerResponse answer_probe(const ProbeQuestion& question, const status::NodeStatus& status,
                                  const std::string& hung, bool in_detail);

}  // namespace citus_init::web
