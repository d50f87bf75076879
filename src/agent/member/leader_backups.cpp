#include "agent/member/leader_backups.h"

#include <utility>

#include "citus_init/base/log.h"

#include "agent/received_wal.h"

namespace citus_init::agent {

namespace {

std::set<int> worker_groups(const ha::MemberSnapshot& snapshot) {
    std::set<int> groups;
    if (snapshot.cluster) {
        for (const auto& worker : snapshot.cluster->workers) {
            groups.insert(worker.group_id);
        }
    }
    return groups;
}

}  // namespace

LeaderBackups::Work::Work(const AgentContext& context, Reporter& reporter)
    : archiving(context, reporter),
      server(context, reporter),
      backups(context, reporter),
      schedule(context, reporter) {
    archiving.start();
    server.start();
    backups.start();
    schedule.start();
}

LeaderBackups::LeaderBackups(const AgentContext& context, Reporter& reporter)
    : context_(context), reporter_(reporter) {}

void LeaderBackups::pass(const ha::MemberSnapshot& snapshot, bool is_complete) {
    if (!context_.settings.backup || !snapshot.facts) {
        return;
    }
    if (snapshot.facts->in_recovery) {
        return end();
    }
    if (!work_ && snapshot.leads) {
        begin();
    }
    if (work_) {
        work_->schedule.update(snapshot.leads, is_complete);
        if (auto groups = worker_groups(snapshot); groups != groups_) {
            groups_ = std::move(groups);
            work_->schedule.members_changed();
        }
    }
}

void LeaderBackups::begin() {
    const auto received = archive_received_wal(context_.settings.postgres.data_directory);
    if (!received) {
        reporter_.warning("WAL that was received as a replica may be missing in the archive: " +
                          received.error().message);
    } else if (*received > 0) {
        log::info("{} WAL files that were received as a replica are archived, too", *received);
    }
    work_ = std::make_unique<Work>(context_, reporter_);
}

void LeaderBackups::end() {
    work_.reset();
    reporter_.report(status::ArchivingReport());
    reporter_.report(status::BackupReport());
}

}  // namespace citus_init::agent
