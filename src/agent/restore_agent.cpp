#include "agent/restore_agent.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "citus_init/base/filesystem.h"
#include "citus_init/base/log.h"
#include "citus_init/postgres/restore_record.h"

#include "agent/local_session.h"
#include "agent/peer_watch.h"
#include "agent/restore_work.h"

namespace citus_init::agent {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

std::unique_ptr<RestoreWork> work_of(const AgentContext& context, LocalSession& local,
                                     Reporter& reporter, const postgres::RestoreRecord& record) {
    if (context.settings.citus.role == settings::Role::worker) {
        return std::make_unique<WorkerRestore>(context, local, reporter, record);
    }
    return std::make_unique<CoordinatorRestore>(context, local, reporter, record);
}

// For `pause`, or until the phase is over. False: PID 1 is gone, or is about to end this agent.
bool wait_for(milliseconds pause, RestoreWork& work, Reporter& reporter) {
    constexpr milliseconds kStep{200};
    for (auto left = pause; left > milliseconds::zero(); left -= kStep) {
        if (reporter.parent_gone_within(std::min(left, kStep))) {
            return false;
        }
        if (work.is_over()) {
            return true;
        }
    }
    return true;
}

// True: the phase is over.
bool work_until_over(const AgentContext& context, Reporter& reporter,
                     const postgres::RestoreRecord& record) {
    constexpr milliseconds kShortestPause{200};
    // All workers ask one coordinator.
    const milliseconds longest_pause{context.settings.citus.role == settings::Role::worker ? 1'000
                                                                                           : 400};
    LocalSession local(*context.connector, context.local_target());
    const auto work = work_of(context, local, reporter, record);
    PeerWatch peers(context.settings, local, reporter);
    std::string said;
    for (auto pause = kShortestPause;; pause = std::min(pause * 2, longest_pause)) {
        if (peers.due() && *peers.due() <= Clock::now()) {
            peers.probe(Clock::now());
        }
        const auto waits_for = work->pass();
        if (!waits_for) {
            return true;
        }
        if (*waits_for != said) {
            said = *waits_for;
            pause = kShortestPause;
            log::info("restore: {}", said);
        }
        reporter.report(status::RestoreReport{status::RestoreStep::waiting, *waits_for, ""});
        if (!wait_for(pause, *work, reporter)) {
            return false;
        }
    }
}

}  // namespace

bool finish_restore(const AgentContext& context, Reporter& reporter) {
    const auto read =
        postgres::read_restore_record(RealFilesystem(), context.settings.postgres.data_directory);
    // What cannot be read has stopped PID 1 before it came to us.
    if (!read || !*read || !(*read)->waits_for_cluster() || !context.settings.citus.enable) {
        return true;
    }
    const postgres::RestoreRecord& record = **read;
    reporter.report(status::Prepared());
    if (!work_until_over(context, reporter, record)) {
        return false;
    }
    if (record.phase == postgres::RestorePhase::settling) {
        reporter.report(status::RestoreReport{status::RestoreStep::complete, "", ""});
        return true;
    }
    reporter.report(status::RestoreReport{status::RestoreStep::settled, "", ""});
    while (!reporter.parent_gone_within(std::nullopt)) {
    }
    return false;
}

}  // namespace citus_init::agent
