#include "citus_init/backup/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::backup {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

constexpr std::int64_t kNow = 1'795'956'865;
constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

// A week, a day, an hour.
const settings::BackupSchedule kUsual{hours(7 * 24), hours(24), hours(1)};

SavedGroup group(int number, std::int64_t full_age, std::int64_t age) {
    return {number, kNow - full_age, kNow - age};
}

struct Case {
    const char* what;
    settings::BackupSchedule schedule;
    SavedCluster saved;
    ScheduleMoment moment;
    ScheduledWork work;
    std::set<int> full;
    std::optional<std::int64_t> in;  // seconds from now until the next question
};

class DueWorkOf : public testing::TestWithParam<Case> {};

TEST_P(DueWorkOf, IsWhatIsOverdue) {
    const auto& [what, schedule, saved, moment, work, full, in] = GetParam();
    const auto due = due_work(schedule, saved, moment);
    EXPECT_EQ(due.work, work) << what;
    EXPECT_EQ(due.full, full) << what;
    EXPECT_EQ(due.at, in ? std::optional(moment.now + *in) : std::nullopt) << what;
    EXPECT_EQ(due.problem, "") << what;
}

constexpr ScheduleMoment kLater{kNow, kDay, 0};

INSTANTIATE_TEST_SUITE_P(
    , DueWorkOf,
    testing::Values(
        Case{"nothing was asked for", {}, {{{0}}, {}, true}, kLater, ScheduledWork::none, {}, {}},
        Case{"nothing is saved",
             kUsual,
             {{{0}, {1}}, {}, false},
             kLater,
             ScheduledWork::backup,
             {0, 1},
             {}},
        Case{"all is fresh: the point is next",
             kUsual,
             {{group(0, 2 * kDay, kHour), group(1, 2 * kDay, kHour)}, kNow - 10 * kMinute},
             kLater,
             ScheduledWork::none,
             {},
             50 * kMinute},
        Case{"the point is due",
             kUsual,
             {{group(0, 2 * kDay, 2 * kHour)}, kNow - kHour},
             kLater,
             ScheduledWork::point,
             {},
             {}},
        Case{"an incremental one is due",
             kUsual,
             {{group(0, 2 * kDay, kDay)}, kNow - 10},
             kLater,
             ScheduledWork::backup,
             {},
             {}},
        Case{"a full one is due, of all groups although one began later",
             kUsual,
             {{group(0, 7 * kDay, kHour), group(2, 7 * kDay - 5, kHour)}, kNow - 10},
             kLater,
             ScheduledWork::backup,
             {0, 2},
             {}},
        Case{"a full one that the others have made without this group",
             kUsual,
             {{group(0, 8 * kDay, kDay - kHour), group(1, kMinute, kMinute)}, kNow - kDay},
             kLater,
             ScheduledWork::backup,
             {0},
             {}},
        Case{"a full one takes the place of an incremental one shortly before it",
             kUsual,
             {{group(0, 7 * kDay - kHour, kDay)}, kNow - 10},
             kLater,
             ScheduledWork::backup,
             {0},
             {}},
        Case{"a group that has joined",
             kUsual,
             {{group(0, kDay, kHour), {3}}, kNow - 10},
             kLater,
             ScheduledWork::backup,
             {3},
             {}},
        Case{"many were missed, one makes up for them",
             kUsual,
             {{group(0, 90 * kDay, 80 * kDay)}, kNow - 80 * kDay},
             kLater,
             ScheduledWork::backup,
             {0},
             {}},
        Case{"backups without a point",
             kUsual,
             {{group(0, kDay, kMinute)}, kNow - 2 * kMinute, true},
             kLater,
             ScheduledWork::point,
             {},
             {}},
        Case{"backups without a point, where only points were asked for",
             {minutes(0), minutes(0), hours(1)},
             {{group(0, kDay, kMinute)}, kNow - 60, true},
             kLater,
             ScheduledWork::none,
             {},
             kHour - 60},
        Case{"points alone",
             {minutes(0), minutes(0), hours(1)},
             {{{0}}, {}},
             kLater,
             ScheduledWork::point,
             {},
             {}},
        Case{"full ones alone",
             {hours(24), minutes(0), minutes(0)},
             {{group(0, kHour, kHour)}, kNow - 30 * kDay},
             kLater,
             ScheduledWork::none,
             {},
             23 * kHour},
        Case{"incremental ones alone, after a full one by hand",
             {minutes(0), hours(24), minutes(0)},
             {{group(0, 300 * kDay, kHour)}, kNow},
             kLater,
             ScheduledWork::none,
             {},
             23 * kHour},
        Case{"after a start the jitter delays what is overdue by 15 s at most",
             kUsual,
             {{{0}}, {}},
             {kNow, 5, 0.4},
             ScheduledWork::none,
             {},
             1},
        Case{"and then it is made",
             kUsual,
             {{{0}}, {}},
             {kNow, 6, 0.4},
             ScheduledWork::backup,
             {0},
             {}},
        Case{"the jitter makes the rest early, ten minutes at most",
             kUsual,
             {{group(0, kDay, kHour)}, kNow - 50 * kMinute},
             {kNow, kDay, 0.5},
             ScheduledWork::none,
             {},
             7 * kMinute},
        Case{"by a tenth of the interval at most",
             {hours(24), minutes(0), minutes(1)},
             {{group(0, kHour, kHour)}, kNow},
             {kNow, kDay, 0.5},
             ScheduledWork::none,
             {},
             57},
        Case{"clocks that differ: a backup that begins in ten minutes",
             kUsual,
             {{group(0, -10 * kMinute, -10 * kMinute)}, kNow},
             kLater,
             ScheduledWork::none,
             {},
             kHour}));

TEST(DueWork, IsNotKnownWhenTheClockWentBack) {
    for (const SavedCluster& saved :
         {SavedCluster{{group(0, -2 * kHour, -2 * kHour)}, kNow},
          SavedCluster{{group(0, kDay, kDay)}, kNow + 2 * kHour},
          SavedCluster{{group(0, kDay, kDay), group(1, kDay, -400 * kDay)}, kNow}}) {
        const auto due = due_work(kUsual, saved, kLater);
        EXPECT_EQ(due.work, ScheduledWork::none);
        EXPECT_EQ(due.at, std::nullopt);
        EXPECT_THAT(due.problem, HasSubstr("this node's clock says 2026-11-29T12:54:25Z"));
    }
}

// Whatever the clock does, who follows it makes no more than one backup in nine tenths of an
// interval, and nothing gets older than the interval while the cluster can be saved.
TEST(DueWork, KeepsTheIntervals) {
    for (const double jitter : {0.0, 0.3, 0.99}) {
        SavedCluster saved{{{0}, {1}}, {}};
        std::int64_t backups = 0;
        std::int64_t points = 0;
        std::int64_t fulls = 0;
        for (ScheduleMoment moment{kNow, 0, jitter}; moment.now < kNow + 70 * kDay;
             moment.now += kMinute, moment.ready_for += kMinute) {
            const auto due = due_work(kUsual, saved, moment);
            if (due.work == ScheduledWork::backup) {
                ++backups;
                fulls += due.full.empty() ? 0 : 1;
                for (auto& each : saved.groups) {
                    const bool is_full = due.full.contains(each.group);
                    each.last_full = is_full ? moment.now + each.group : each.last_full;
                    each.last = is_full || due.incr.contains(each.group) ? moment.now + each.group
                                                                         : each.last;
                }
            }
            points += due.work == ScheduledWork::point ? 1 : 0;
            saved.last_point = due.work != ScheduledWork::none ? moment.now : saved.last_point;
            if (moment.ready_for > kHour) {
                EXPECT_LE(moment.now - *saved.oldest(&SavedGroup::last_full), 7 * kDay + kMinute);
                EXPECT_LE(moment.now - *saved.oldest(&SavedGroup::last), kDay + kMinute);
                EXPECT_LE(moment.now - *saved.last_point, kHour + kMinute);
            }
        }
        EXPECT_GE(backups, 70);
        EXPECT_LE(backups, 72);
        EXPECT_GE(fulls, 10);
        EXPECT_LE(fulls, 11);
        EXPECT_GE(points + backups, 24 * 70);
        EXPECT_LE(points, 24 * 70 * 10 / 9 + backups);
    }
}

struct GroupsCase {
    const char* what;
    settings::BackupSchedule schedule;
    std::vector<SavedGroup> groups;
    std::set<int> full;
    std::set<int> incr;
};

class GroupsOf : public testing::TestWithParam<GroupsCase> {};

TEST_P(GroupsOf, ABackupAreThoseWhoseLastOneIsDue) {
    const auto& [what, schedule, groups, full, incr] = GetParam();
    const auto due = due_work(schedule, {groups, kNow}, kLater);
    EXPECT_EQ(due.work, ScheduledWork::backup) << what;
    EXPECT_EQ(due.full, full) << what;
    EXPECT_EQ(due.incr, incr) << what;
}

INSTANTIATE_TEST_SUITE_P(
    , GroupsOf,
    testing::Values(
        GroupsCase{"all at once, although one began later",
                   kUsual,
                   {group(0, 2 * kDay, kDay), group(1, 2 * kDay, kDay - 5 * kMinute)},
                   {},
                   {0, 1}},
        GroupsCase{"one that failed when the others were made",
                   kUsual,
                   {group(0, 2 * kDay, 10), group(1, 2 * kDay, kDay + 10), group(2, 2 * kDay, 10)},
                   {},
                   {1}},
        GroupsCase{"a full one that failed, of groups with fresh ones",
                   kUsual,
                   {group(0, 10, 10), group(1, 8 * kDay, kDay)},
                   {1},
                   {}},
        GroupsCase{"the same where no incremental ones are made",
                   {hours(24), minutes(0), minutes(0)},
                   {group(0, 10, 10), group(1, 2 * kDay, 2 * kDay)},
                   {1},
                   {}},
        GroupsCase{"one that has joined", kUsual, {group(0, kDay, kHour), {3}}, {3}, {}},
        GroupsCase{"one that lacks WAL behind a fresh one",
                   {hours(24), minutes(0), minutes(0)},
                   {group(0, 10, 10), {1, kNow - 10, kNow - 10, true}},
                   {},
                   {1}}));

TEST(DueWork, IsAPointWhereNoBackupsAreScheduledThatCouldMendIt) {
    const SavedCluster saved{{{1, kNow - 10, kNow - 10, true}}, kNow - kHour};
    EXPECT_EQ(due_work({minutes(0), minutes(0), hours(1)}, saved, kLater).work,
              ScheduledWork::point);
}

TEST(DueWork, HasThePointBesideABackup) {
    const auto due = due_work(kUsual, {{group(0, kDay, kDay)}, kNow - 2 * kHour}, kLater);
    EXPECT_EQ(due.work, ScheduledWork::backup);
    EXPECT_EQ(due.point_at, kNow - kHour);
}

// Each attempt fails in group 1, and is repeated every ten minutes.
TEST(DueWork, OfAGroupThatFailsAsksNoOtherOneMoreOften) {
    SavedCluster saved{{group(0, kDay, kDay), group(1, kDay, kDay)}, kNow};
    int backups = 0;
    for (auto moment = kLater; moment.now < kNow + 4 * kDay; moment.now += 10 * kMinute) {
        const auto due = due_work(kUsual, saved, moment);
        if (due.work == ScheduledWork::backup && (due.full.contains(0) || due.incr.contains(0))) {
            ++backups;
            saved.groups[0].last = moment.now;
        }
    }
    EXPECT_GE(backups, 4);
    EXPECT_LE(backups, 8);
}

TEST(SavedCluster, IsAsOldAsItsOldestGroup) {
    EXPECT_EQ((SavedCluster{{{0, 5, 9}, {1, 4, 7}}}.oldest(&SavedGroup::last)), 7);
    EXPECT_EQ((SavedCluster{{{0, 5, 9}, {1}}}.oldest(&SavedGroup::last_full)), std::nullopt);
    EXPECT_EQ(SavedCluster{}.oldest(&SavedGroup::last), std::nullopt);
}

}  // namespace
}  // namespace citus_init::backup
