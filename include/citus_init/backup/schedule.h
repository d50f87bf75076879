#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "citus_init/backup/saved_cluster.h"
#include "citus_init/settings/backup_settings.h"

namespace citus_init::backup {

struct ScheduleMoment {
    std::int64_t now = 0;        // seconds since 1970
    std::int64_t ready_for = 0;  // seconds since backups became possible here, by a steady clock
    // In [0, 1), another one in each cluster, so that those of one machine do not begin at once.
    double jitter = 0;
};

enum class ScheduledWork { none, point, backup };

struct DueWork {
    ScheduledWork work = ScheduledWork::none;
    std::set<int> full{};              // of `backup`: groups that get a full one
    std::set<int> incr{};              // and those that get an incremental one; the rest, none
    std::optional<std::int64_t> at{};  // of `none`: when there will be work; none: never
    std::optional<std::int64_t> point_at{};  // when a restore point is due; none: never
    // Why nothing is made that may be due, a sentence without its full stop; "" = no problem.
    std::string problem{};
};

// What is to be made now, so that nothing gets older than the schedule says. What is overdue is
// made at once, up to 15 s after it became possible; anything else a tenth of its interval
// early at most, and never more than ten minutes. A group without a backup, or whose last one lacks
// WAL, is overdue, and so are backups without a point. Times up to an hour ahead of the clock count
// as they are: the machines' clocks differ. Later ones are a problem: then nobody knows what is
// overdue, and pgBackRest itself refuses a backup that would be older than the last one. Pure.
DueWork due_work(const settings::BackupSchedule& schedule, const SavedCluster& saved,
                 const ScheduleMoment& moment);

}  // namespace citus_init::backup
