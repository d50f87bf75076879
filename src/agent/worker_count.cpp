#include "agent/worker_count.h"

#include <string>

#include "citus_init/base/text.h"

#include "agent/worker_sessions.h"

namespace citus_init::agent {

WorkerCount::WorkerCount(const settings::Settings& settings, LocalSession& local,
                         Reporter& reporter)
    : local_(local), reporter_(reporter) {
    const auto& citus = settings.citus;
    if (settings.tuning.automatic && citus.enable && citus.role == settings::Role::worker &&
        citus.worker_clients) {
        due_ = Clock::time_point{};
    }
}

void WorkerCount::probe(Clock::time_point now) {
    constexpr std::chrono::seconds kUntilJoined{10};
    due_ = now + kUntilJoined;
    const auto session = local_.get();
    if (!session) {
        return;
    }
    const auto rows = (*session)->query(
        std::string("SELECT pg_catalog.count(*), ") + kSessionsOfServer +
        " FROM pg_catalog.pg_dist_node WHERE groupid <> 0 AND noderole = 'primary' AND isactive");
    local_.drop();  // between two probes nothing of ours sits in the database
    const auto count = rows ? parse_integer(rows->at(0, 0), 1, kMostSessions) : std::nullopt;
    const auto sessions = rows ? parse_integer(rows->at(0, 1), 1, kMostSessions) : std::nullopt;
    if (!count || !sessions) {
        return;  // it is no member yet
    }
    due_ = now + kWorkerSessionsInterval;
    reporter_.report(status::WorkersReport{static_cast<int>(*count), static_cast<int>(*sessions)});
}

}  // namespace citus_init::agent
