#include "citus_init/base/duration.h"

#include <gtest/gtest.h>

namespace citus_init {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

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

TEST(ParseDuration, RefusesOtherUnitsAndRanges) {
    for (const char* text : {"", "5y", "5 weeks", "-1s", "1s2", ".", "1e3", "25h", "0.0001ms"}) {
        EXPECT_EQ(parse_duration(text, milliseconds(0), hours(24)), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace citus_init
