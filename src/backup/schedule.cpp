#include "citus_init/backup/schedule.h"

#include <algorithm>
#include <chrono>

#include <fmt/core.h>

#include "citus_init/base/clock.h"

namespace citus_init::backup {

namespace {

using Time = std::optional<std::int64_t>;

constexpr std::int64_t kMostAhead = 3600;
constexpr std::int64_t kMostEarly = 600;
constexpr std::int64_t kMostAfterStart = 15;

std::int64_t part(std::int64_t every, std::int64_t most, double jitter) {
    constexpr std::int64_t kTenth = 10;
    return static_cast<std::int64_t>(jitter * static_cast<double>(std::min(every / kTenth, most)));
}

Time earlier(Time one, Time other) {
    return one && other ? std::min(*one, *other) : one ? one : other;
}

class Schedule {
  public:
    Schedule(const settings::BackupSchedule& schedule, const SavedCluster& saved,
             const ScheduleMoment& moment)
        : full_every_(seconds(schedule.full_every)),
          incr_every_(seconds(schedule.incr_every)),
          point_every_(seconds(schedule.point_every)),
          saved_(saved),
          moment_(moment) {}

    DueWork due() const {
        DueWork due;
        due.problem = clock_problem();
        if (!due.problem.empty()) {
            return due;
        }
        const Time backup = backup_at();
        due.point_at = point_at();
        if (backup && *backup <= moment_.now) {
            due.work = ScheduledWork::backup;
            due.full = full_groups();
            due.incr = incr_groups(due.full);
        } else if (due.point_at && *due.point_at <= moment_.now) {
            due.work = ScheduledWork::point;
        } else {
            due.at = earlier(backup, due.point_at);
        }
        return due;
    }

  private:
    static std::int64_t seconds(std::chrono::milliseconds interval) {
        return std::chrono::duration_cast<std::chrono::seconds>(interval).count();
    }

    // `every` > 0.
    std::int64_t at(Time last, std::int64_t every) const {
        const std::int64_t first =
            moment_.now - moment_.ready_for + part(every, kMostAfterStart, moment_.jitter);
        return last ? std::max(first, *last + every - part(every, kMostEarly, moment_.jitter))
                    : first;
    }

    bool makes_backups() const { return full_every_ > 0 || incr_every_ > 0; }

    Time backup_at() const {
        Time soonest;
        for (const auto& group : saved_.groups) {
            if (full_every_ > 0) {
                soonest = earlier(soonest, at(group.last_full, full_every_));
            }
            if (incr_every_ > 0) {
                soonest = earlier(soonest, at(group.last, incr_every_));
            }
            if (group.lacks_wal && makes_backups()) {
                soonest = earlier(soonest, at(std::nullopt, kMostEarly));
            }
        }
        return soonest;
    }

    Time point_at() const {
        if (makes_backups() && saved_.has_newer_backups) {
            return at(std::nullopt, point_every_ > 0 ? point_every_ : kMostEarly);
        }
        return point_every_ > 0 ? Time(at(saved_.last_point, point_every_)) : std::nullopt;
    }

    bool is_due_by(Time last, std::int64_t every, std::int64_t time) const {
        return !last || at(last, every) <= time;
    }

    // Where one is due, all are that have one older than half of the interval: their backups began
    // at different times, by different clocks. A younger one is of an attempt that failed
    // elsewhere. One that would be due soon after this backup is made in its place.
    std::set<int> full_groups() const {
        const std::int64_t soon = moment_.now + std::min(incr_every_ / 2, full_every_ / 4);
        const bool any =
            full_every_ > 0 &&
            std::any_of(saved_.groups.begin(), saved_.groups.end(), [&](const SavedGroup& group) {
                return group.last && is_due_by(group.last_full, full_every_, soon);
            });
        std::set<int> full;
        for (const auto& group : saved_.groups) {
            if (!group.last || (any && is_due_by(group.last_full, full_every_ / 2, moment_.now))) {
                full.insert(group.group);
            }
        }
        return full;
    }

    // By the same rule. What lacks WAL needs no full backup, which would expire good ones.
    std::set<int> incr_groups(const std::set<int>& full) const {
        const bool any =
            incr_every_ > 0 &&
            std::any_of(saved_.groups.begin(), saved_.groups.end(), [&](const SavedGroup& group) {
                return is_due_by(group.last, incr_every_, moment_.now);
            });
        std::set<int> incr;
        for (const auto& group : saved_.groups) {
            const bool is_due =
                group.lacks_wal || (any && is_due_by(group.last, incr_every_ / 2, moment_.now));
            if (is_due && !full.contains(group.group)) {
                incr.insert(group.group);
            }
        }
        return incr;
    }

    std::string clock_problem() const {
        Time latest = saved_.last_point;
        for (const auto& group : saved_.groups) {
            latest = std::max(latest, group.last);
        }
        return !latest || *latest <= moment_.now + kMostAhead
                   ? ""
                   : fmt::format(
                         "the repository has something of {}, and this node's clock says "
                         "{}. Set the clock that is wrong; what is of a future that has "
                         "not come has to be expired",
                         utc_text(*latest), utc_text(moment_.now));
    }

    std::int64_t full_every_;
    std::int64_t incr_every_;
    std::int64_t point_every_;
    const SavedCluster& saved_;
    const ScheduleMoment& moment_;
};

}  // namespace

DueWork due_work(const settings::BackupSchedule& schedule, const SavedCluster& saved,
                 const ScheduleMoment& moment) {
    return Schedule(schedule, saved, moment).due();
}

}  // namespace citus_init::backup
