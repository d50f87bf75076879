#include "agent/worker_sessions.h"

#include <algorithm>
#include <string>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/node_conninfo.h"
#include "citus_init/render/tuning.h"

namespace citus_init::agent {

namespace {

std::vector<HostPort> members(const citus::PassReport& pass) {
    std::vector<HostPort> workers;
    for (const citus::NodeReport& node : pass.nodes) {
        if (node.node_id != 0 && takes_part(node.state)) {
            workers.push_back(node.address);
        }
    }
    return workers;
}

}  // namespace

WorkerSessions::WorkerSessions(const AgentContext& context, Reporter& reporter)
    : context_(context), reporter_(reporter) {}

void WorkerSessions::probe(citus::Session& coordinator, const citus::PassReport& pass,
                           Clock::time_point now) {
    if (!context_.settings.tuning.automatic) {
        return;
    }
    const auto workers = members(pass);
    if (workers.empty() || (workers == workers_ && now < due_)) {
        return;
    }
    const auto sessions = fewest_sessions(coordinator, workers);
    if (!sessions) {
        return;
    }
    workers_ = workers;
    due_ = now + kWorkerSessionsInterval;
    const auto count = static_cast<int>(workers.size());
    reporter_.report(status::WorkersReport{count, *sessions});
    const int expected = render::expected_workers(context_.settings.citus);
    if (count > expected && !has_warned_) {
        has_warned_ = true;
        reporter_.warning(fmt::format(
            "CITUS_TUNE: max_connections is made for {} workers, and there are {}. List them in "
            "CITUS_WORKERS, or set CITUS_GUC_MAX_CONNECTIONS on every node to 2 more for each, and "
            "restart, workers first",
            expected, count));
    }
}

std::optional<int> WorkerSessions::fewest_sessions(citus::Session& coordinator,
                                                   const std::vector<HostPort>& workers) {
    auto target = context_.reconciler_settings().worker_target;
    if (auto options = citus::read_node_conninfo(coordinator)) {
        target.options = *std::move(options);
    }
    std::optional<int> fewest;
    for (const HostPort& worker : workers) {
        target.host = worker.host;
        target.port = worker.port;
        const auto session = context_.connector->connect(target);
        const auto rows = session ? (*session)->query(std::string("SELECT ") + kSessionsOfServer)
                                  : citus::SqlResult<citus::Rows>(tl::unexpected(session.error()));
        const auto number = rows ? parse_integer(rows->at(0, 0), 1, kMostSessions) : std::nullopt;
        if (!number) {
            return std::nullopt;
        }
        fewest = std::min(fewest.value_or(kMostSessions), static_cast<int>(*number));
    }
    return fewest;
}

}  // namespace citus_init::agent
