#include "citus_init/backup/wal_history.h"

#include <tuple>

#include <gtest/gtest.h>

#include "citus_init/backup/stanza_info.h"

namespace citus_init::backup {
namespace {

TEST(WalHistory, HasWhatWasWrittenBeforeATimelineWasLeft) {
    const WalHistory restored{"00000004000000010000000C",
                              {"000000010000000000000008", "000000020000000100000004"}};
    for (const char* written : {"000000010000000000000007", "0000000200000000000000FF",
                                "000000020000000100000003", "00000004000000010000000B"}) {
        EXPECT_TRUE(has_written(restored, written)) << written;
    }
    for (const char* other :
         {"000000010000000000000008", "000000010000000100000003", "000000020000000100000004",
          "000000030000000000000001", "00000004000000010000000C", "000000050000000000000001", "",
          "00000004.history"}) {
        EXPECT_FALSE(has_written(restored, other)) << other;
    }
}

TEST(WalHistory, ThatIsNotKnownGoesByNumbers) {
    const WalHistory unknown{"000000020000000000000010"};
    EXPECT_TRUE(has_written(unknown, "00000001000000000000000F"));
    EXPECT_FALSE(has_written(unknown, "000000010000000000000010"));
    EXPECT_FALSE(has_written(unknown, "00000003000000000000000F"));
    EXPECT_FALSE(has_written({}, "00000001000000000000000F"));
}

TEST(StanzaInfo, HasTheLatestBaseBackupOfAHistory) {
    StanzaInfo stanza;
    stanza.databases = {{"731", "15", 1}};
    for (const auto& [label, database, wal_stop] :
         {std::tuple{"before", 1, "000000010000000000000004"},
          {"after", 1, "000000010000000000000009"},
          {"of another", 2, "000000010000000000000003"}}) {
        auto& backup = stanza.backups.emplace_back();
        backup.label = label;
        backup.database_id = database;
        backup.wal_stop = wal_stop;
    }
    const WalHistory restored{"00000002000000000000000A", {"000000010000000000000006"}};
    ASSERT_NE(stanza.latest_for(restored), nullptr);
    EXPECT_EQ(stanza.latest_for(restored)->label, "before");
    EXPECT_EQ(stanza.latest_for({})->label, "after");
    EXPECT_EQ(stanza.latest_for({"00000002000000000000000A", {"000000010000000000000004"}}),
              nullptr);
}

}  // namespace
}  // namespace citus_init::backup
