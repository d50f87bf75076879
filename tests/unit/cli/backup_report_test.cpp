#include "cli/backup/backup_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/backup/cluster/save_cluster.h"

namespace citus_init::cli {
namespace {

using citus::BackupState;
using testing::HasSubstr;
using testing::Not;

backup::GroupBackup group(int number, BackupState state, int permille, std::int64_t bytes,
                          std::int64_t total) {
    backup::GroupBackup one;
    one.group = number;
    one.stanza = "app-" + std::to_string(number);
    one.row.state = state;
    one.row.permille = permille;
    one.row.bytes = bytes;
    one.row.total_bytes = total;
    return one;
}

TEST(BackupProgress, GoesByBytesOnceAllAreKnown) {
    constexpr std::int64_t kMegabyte = 1 << 20;
    std::vector groups{group(0, BackupState::done, 1000, 10 * kMegabyte, 10 * kMegabyte),
                       group(1, BackupState::running, 500, 15 * kMegabyte, 30 * kMegabyte)};
    EXPECT_EQ(progress_line(groups), "1 of 2 groups, 25 MB of 40 MB, 62 %");
    groups.push_back(group(2, BackupState::requested, 0, 0, 0));
    EXPECT_EQ(progress_line(groups), "1 of 3 groups, 25 MB, 50 %");
    EXPECT_DOUBLE_EQ(progress_fraction({}), 0);
    EXPECT_DOUBLE_EQ(progress_fraction({group(0, BackupState::done, 1000, 0, 0)}), 1);
}

TEST(SaveOutcome, NamesWhatHasFailedAndWhatWasMade) {
    backup::SaveOutcome outcome;
    outcome.failure = Error{ExitCode::unavailable, "cannot connect"};
    EXPECT_EQ(failure_of(outcome).code, ExitCode::unavailable);
    EXPECT_EQ(failure_of(outcome).message, "cannot connect");
    outcome.failed = {"app-1 (w1:5432) failed: no room"};
    outcome.groups = {group(0, BackupState::done, 1000, 1, 1)};
    EXPECT_EQ(failure_of(outcome).code, ExitCode::not_done);
    EXPECT_EQ(failure_of(outcome).message,
              "not every group has a new base backup: app-1 (w1:5432) failed: no room. Those of "
              "app-0 are complete and stay; no restore point was made: cannot connect");
    outcome.failure.reset();
    outcome.point.emplace().name = "p";
    EXPECT_THAT(failure_of(outcome).message, HasSubstr("The restore point p was made from"));
    outcome.point.reset();
    outcome.groups.clear();
    EXPECT_EQ(failure_of(outcome).message,
              "not every group has a new base backup: app-1 (w1:5432) failed: no room; no restore "
              "point was made");
}

BackupListing listing() {
    BackupListing listing;
    listing.now = 1'795'960'000;
    backup::Manifest manifest;
    manifest.name = "good";
    manifest.target = "good.00112233";
    manifest.time = listing.now - 3600;
    manifest.groups = {{0, "app-0", "L", "0/1", 1, "W", "1", 2},
                       {3, "app-3", "L", "0/1", 1, "W", "1", 2}};
    listing.points = {{"good", "", manifest}, {"unread", "cannot read it", {}}};
    backup::BaseBackup base;
    base.label = "20261129-125425F";
    base.type = "full";
    base.start = listing.now - 30;
    base.stop = listing.now - 20;
    base.has_errors = true;
    backup::StanzaInfo stanza;
    stanza.name = "app-0";
    stanza.backups = {base};
    listing.stanzas = {stanza};
    return listing;
}

TEST(BackupListing, NamesPointsAndBackups) {
    const std::string text = listing_text(listing());
    EXPECT_THAT(text, HasSubstr("app-0 app-3  yes\n"));
    EXPECT_THAT(text, HasSubstr("60 min"));
    EXPECT_THAT(text, HasSubstr("no: cannot read it\n"));
    EXPECT_THAT(text, HasSubstr("damaged pages"));
    EXPECT_THAT(text, Not(HasSubstr("older ones")));
    auto more = listing();
    more.points_left_out = 7;
    EXPECT_THAT(listing_text(more), HasSubstr("and 7 older ones: --all lists them"));
    EXPECT_EQ(listing_text({}), "no restore points\n\nno base backups\n");
}

TEST(BackupListing, IsJsonWithTheManifest) {
    const std::string json = listing_json(listing());
    EXPECT_THAT(json, HasSubstr("\"target\": \"good.00112233\""));
    EXPECT_THAT(json, HasSubstr("\"age_seconds\": 3600"));
    EXPECT_THAT(json, HasSubstr("\"problem\": \"cannot read it\""));
}

}  // namespace
}  // namespace citus_init::cli
