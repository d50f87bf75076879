#include "citus_init/citus/wal_position.h"

#include <gtest/gtest.h>

namespace citus_init::citus {
namespace {

TEST(WalPosition, ReadsAsPostgresqlWritesIt) {
    EXPECT_EQ((WalPosition{2, 0x103000060}.text()), "1/3000060 on timeline 2");
}

TEST(WalPosition, ReadsAHistoryFile) {
    const auto ends = parse_timeline_history(
        "1\t0/3000060\tno recovery target specified\n\n2\t1/A0\tbefore 2000-01-01\nwrong\tline\n");
    EXPECT_EQ(ends, (TimelineEnds{{1, 0x3000060}, {2, 0x1000000A0}}));
    EXPECT_TRUE(parse_timeline_history("").empty());
}

TEST(WalPosition, ReportsWhoLacksWhatAnotherHad) {
    struct Case {
        WalPosition now;
        TimelineEnds history;
        WalPosition furthest;
        bool behind;
    };
    for (const auto& [now, history, furthest, behind] : {
             Case{{1, 100}, {}, {1, 100}, false}, Case{{1, 99}, {}, {1, 100}, true},
             Case{{1, 101}, {}, {1, 100}, false},
             Case{{1, 500}, {}, {2, 100}, true},           // the timeline before a promotion
             Case{{2, 200}, {{1, 100}}, {1, 100}, false},  // promoted with everything
             Case{{2, 200}, {{1, 90}}, {1, 100}, true},    // restored to a point before
             Case{{2, 95}, {{1, 90}}, {1, 100}, true},
             Case{{3, 200}, {{1, 90}, {2, 150}}, {2, 120}, false},
             Case{{1, 1}, {}, {}, false},    // nothing was seen of it yet
             Case{{}, {}, {1, 100}, false},  // it does not tell
         }) {
        EXPECT_EQ(is_behind(now, history, furthest), behind)
            << now.text() << " against " << furthest.text();
    }
}

}  // namespace
}  // namespace citus_init::citus
