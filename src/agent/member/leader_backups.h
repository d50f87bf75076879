#pragma once

#include <memory>
#include <set>

#include "citus_init/agent/agent_context.h"
#include "citus_init/agent/reporter.h"
#include "citus_init/ha/backend/member_snapshot.h"

#include "agent/archive_watch.h"
#include "agent/backup_server.h"
#include "agent/backup_worker.h"
#include "agent/scheduled_backups.h"

namespace citus_init::agent {

// With CITUS_BACKUP, on the leader of a group: archives to the group's stanza, makes the base
// backups that are asked for, and, in the coordinator's group, those that are due (ADR 79). On a
// replica nothing of it runs, and nothing of it is reported.
class LeaderBackups {
  public:
    // Both outlive it.
    LeaderBackups(const AgentContext& context, Reporter& reporter);

    // `snapshot`: of now; `is_complete`: clients can use this member, and every group is there.
    // Begins once the member leads, and ends once its server is in recovery: a primary that does
    // not reach the DCS for a while goes on. Blocks for seconds when it ends a base backup.
    void pass(const ha::MemberSnapshot& snapshot, bool is_complete);

  private:
    struct Work {
        Work(const AgentContext& context, Reporter& reporter);

        ArchiveWatch archiving;
        BackupServer server;
        BackupWorker backups;
        ScheduledBackups schedule;
    };

    void begin();
    void end();

    const AgentContext& context_;
    Reporter& reporter_;
    std::set<int> groups_;  // of the workers, as seen last
    std::unique_ptr<Work> work_;
};

}  // namespace citus_init::agent
