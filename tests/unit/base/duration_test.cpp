#include "citus_init/base/duration.h"

#include <gtest/gtest.h>

namespace citus_init {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(FormatDuration, GivesTheShortestTextThatIsReadAgain) {
    struct Case {
        milliseconds duration;
        const char* text;
    };
    for (const auto& [duration, text] :
         {Case{milliseconds(0), "0"}, Case{milliseconds(250), "250ms"},
          Case{milliseconds(1'500), "1500ms"}, Case{milliseconds(90'000), "90s"},
          Case{hours(2), "2h"}, Case{hours(24 * 7), "7d"}}) {
        EXPECT_EQ(format_duration(duration), text);
        EXPECT_EQ(parse_duration(text, milliseconds(0), hours(24 * 7)), duration) << text;
    }
}

TEST(DurationText, NamesTheTwoLargestUnitsOrOne) {
    struct Case {
        seconds duration;
        const char* text;
        const char* rough;
    };
    for (const auto& [duration, text, rough] :
         {Case{seconds(-1), "0 s", "0 s"}, Case{seconds(59), "59 s", "59 s"},
          Case{seconds(60), "1 min 0 s", "1 min"}, Case{seconds(125), "2 min 5 s", "2 min"},
          Case{seconds(7'199), "1 h 59 min", "119 min"}, Case{seconds(7'260), "2 h 1 min", "2 h"},
          Case{seconds(86'399), "23 h 59 min", "23 h"}, Case{hours(25), "1 day 1 h", "25 h"},
          Case{hours(48), "2 days 0 h", "2 days"}, Case{hours(76), "3 days 4 h", "3 days"}}) {
        EXPECT_EQ(duration_text(duration), text);
        EXPECT_EQ(rough_duration_text(duration), rough);
    }
}

TEST(ParseDuration, RefusesOtherUnitsAndRanges) {
    for (const char* text : {"", "5y", "5 weeks", "-1s", "1s2", ".", "1e3", "25h", "0.0001ms"}) {
        EXPECT_EQ(parse_duration(text, milliseconds(0), hours(24)), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace citus_init
