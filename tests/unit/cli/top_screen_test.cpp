#include "cli/top/top_screen.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/base/text.h"

namespace citus_init::cli {
namespace {

using overview::NodeRow;
using overview::Obstacle;
using overview::Overview;
using overview::QueryRow;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

NodeRow node(const std::string& address, NodeRow::State state = NodeRow::State::up) {
    NodeRow row;
    row.address = address;
    row.state = state;
    row.shards = 32;
    row.bytes = 3 * 1024 * 1024;
    row.connections = 5;
    row.max_connections = 100;
    row.round_trip = 0.002;
    return row;
}

Overview cluster(int workers) {
    Overview overview;
    overview.node.name = "c";
    overview.node.role = "coordinator";
    overview.node.phase = "ready";
    overview.node.reason = "accepting connections";
    overview.node.postgresql = "15.20";
    for (int i = 1; i <= workers; ++i) {
        overview.nodes.push_back(node("w" + std::to_string(i) + ":5432"));
    }
    return overview;
}

std::vector<std::string> lines_of(const Overview& overview, ScreenSize size = {80, 24},
                                  bool colors = false) {
    auto lines = split(top_screen(overview, size, colors), '\n');
    EXPECT_EQ(lines.back(), "") << "each line ends with a newline";
    lines.pop_back();
    return lines;
}

TEST(TopScreen, BeginsWithTheNode) {
    const auto lines = lines_of(cluster(1));
    EXPECT_EQ(lines[0], "c (coordinator): ready, accepting connections");
    EXPECT_EQ(lines[1], "PostgreSQL 15.20");
}

TEST(TopScreen, HasALineForEachNode) {
    const std::string screen = top_screen(cluster(2), {80, 24}, false);
    EXPECT_THAT(screen, HasSubstr("w1:5432  up     32      3.0 MB  5/100              2 ms"));
    EXPECT_THAT(screen, HasSubstr("\nw2:5432"));
}

TEST(TopScreen, FitsAnyTerminal) {
    auto overview = cluster(50);
    overview.obstacles.assign(
        20, {Obstacle::Severity::error, "w1:5432", std::string(300, 'x'), "citus-init nodes"});
    overview.queries.assign(50, QueryRow());
    for (const std::size_t rows : {1U, 2U, 5U, 24U, 60U}) {
        for (const std::size_t columns : {1U, 20U, 80U, 200U}) {
            const auto lines = lines_of(overview, {columns, rows});
            EXPECT_LE(lines.size(), rows);
            for (const auto& line : lines) {
                EXPECT_LE(line.size(), columns);
            }
        }
    }
}

TEST(TopScreen, CountsWhatFindsNoRoom) {
    const auto lines = lines_of(cluster(50), {80, 24});
    EXPECT_THAT(lines, testing::Contains("and 42 more")) << "a third of the rows are for nodes";
    auto busy = cluster(3);
    busy.queries.assign(50, QueryRow());
    EXPECT_THAT(lines_of(busy, {80, 24}).back(), HasSubstr("more lines find no room here"));
}

TEST(TopScreen, PutsNodesThatAreNotUpFirst) {
    auto overview = cluster(50);
    overview.nodes.push_back(node("bad:5432", NodeRow::State::down));
    const auto lines = lines_of(overview);
    const auto head = std::find_if(lines.begin(), lines.end(), [](const std::string& line) {
        return line.starts_with("node ");
    });
    ASSERT_NE(head, lines.end());
    EXPECT_THAT(*(head + 1), HasSubstr("bad:5432"));
}

TEST(TopScreen, ShowsWhatIsInTheWayAndTheCommand) {
    auto overview = cluster(1);
    overview.obstacles = {
        {Obstacle::Severity::error, "w2:5432", "does not answer", "citus-init nodes"},
        {Obstacle::Severity::warning, "", "two settings wait", ""}};
    const std::string screen = top_screen(overview, {80, 24}, false);
    EXPECT_THAT(screen, HasSubstr("IN THE WAY\nw2:5432: does not answer\n    citus-init nodes\n"
                                  "warning: two settings wait\n"));
}

TEST(TopScreen, NamesWhoBlocksAStatement) {
    auto overview = cluster(1);
    QueryRow query;
    query.id = 10'000'000'008;
    query.seconds = 93;
    query.state = "active";
    query.waits_for = "Lock: transactionid on w1";
    query.blocked_by = {10'000'000'007};
    query.role = "alice";
    query.text = "UPDATE t";
    overview.queries = {query};
    EXPECT_THAT(
        top_screen(overview, {120, 24}, false),
        HasSubstr("10000000008  1 min 33 s  active  Lock: transactionid on w1  10000000007"));
}

TEST(TopScreen, ShowsTheBackups) {
    auto overview = cluster(1);
    EXPECT_THAT(top_screen(overview, {80, 24}, false), Not(HasSubstr("BACKUPS")));
    overview.now = monitor::WallTime(std::chrono::seconds(1'000'000));
    overview.archiving = status::ArchivingStatus{"app-0"};
    overview.backup = status::BackupStatus{{}, "", 986'000, 999'700, std::nullopt, 1'000'030};
    std::string screen = top_screen(overview, {120, 24}, false);
    EXPECT_THAT(screen, HasSubstr("\nBACKUPS\nWAL reaches the stanza app-0\n"));
    EXPECT_THAT(
        screen,
        HasSubstr("full 3 h 53 min ago, last 5 min 0 s ago, restore point never, next in 30 s\n"));
    overview.archiving->condition = {status::ConditionKind::archiving_failed, "app-0", "", "WHY"};
    overview.backup->condition = {status::ConditionKind::backup_failed, "backup", "", "NO"};
    overview.backup->since = "2026-11-29T08:00:00Z";
    overview.backup->next.reset();
    screen = top_screen(overview, {120, 24}, true);
    EXPECT_THAT(screen, Not(HasSubstr("WAL reaches")));
    EXPECT_THAT(screen, HasSubstr("\033[31mWAL is not archived to the stanza app-0: WHY"));
    EXPECT_THAT(screen, HasSubstr("never, next now\n\033[31mthe scheduled backup is not made: NO; "
                                  "since 2026-11-29T08:00:00Z"));
    overview.archiving->condition = {status::ConditionKind::archiving_pending, "", "", "WHY"};
    EXPECT_THAT(top_screen(overview, {120, 24}, true),
                HasSubstr("\033[33mWAL waits to be archived: WHY"));
}

TEST(TopScreen, ShowsWhatIsLeftOfTheLease) {
    auto overview = cluster(1);
    overview.node.lease_left = 11.6;
    EXPECT_EQ(lines_of(overview)[1], "PostgreSQL 15.20, lease ends in 12 s unless renewed");
}

TEST(TopScreen, LetsNoTextMoveTheCursor) {
    auto overview = cluster(1);
    QueryRow query;
    query.text =
        "SELECT '\033[2J\x07\xc2\x9b"
        "31m\xff'";
    overview.queries = {query};
    overview.obstacles = {{Obstacle::Severity::error, "w\r", "a\nb\033]0;x", "\x7f"}};
    const std::string screen = top_screen(overview, {80, 40}, false);
    EXPECT_THAT(split(screen, '\n'), Each(Not(testing::ContainsRegex("[\x01-\x1f\x7f]"))));
    EXPECT_THAT(screen, Not(HasSubstr("\xc2\x9b")));
    EXPECT_THAT(screen, HasSubstr("SELECT '?[2J??31m?'"));
}

TEST(TopScreen, CutsBetweenCharacters) {
    auto overview = cluster(0);
    overview.node.reason = "äöü";
    EXPECT_EQ(lines_of(overview, {25, 24})[0], "c (coordinator): ready, ä");
}

TEST(TopScreen, ColorsOnlyWhereItIsAsked) {
    auto overview = cluster(1);
    overview.nodes[0].state = NodeRow::State::down;
    EXPECT_THAT(top_screen(overview, {80, 24}, false), Not(HasSubstr("\033")));
    EXPECT_THAT(top_screen(overview, {80, 24}, true), HasSubstr("\033[31mw1:5432  down"));
}

}  // namespace
}  // namespace citus_init::cli
