#include "citus_init/settings/hba_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::settings {
namespace {

using testing::ElementsAre;

std::vector<HbaWord> roles_of(std::string_view line) {
    return parse_hba(line).front().fields.at(2).words;
}

TEST(HbaLines, HoldWordsAsTheServerReadsThem) {
    EXPECT_THAT(roles_of("host all a,\t\"b c\" , d"),
                ElementsAre(HbaWord{"a"}, HbaWord{"b c", true}));
    EXPECT_THAT(roles_of(R"(host all "a""b",c"d e",)"),
                ElementsAre(HbaWord{R"(a"b)", true}, HbaWord{"cd e"}));
    EXPECT_THAT(roles_of(R"(host all "",+"x")"), ElementsAre(HbaWord{"", true}, HbaWord{"+x"}));
    EXPECT_THAT(roles_of("host\rall\rx#y"), ElementsAre(HbaWord{"x"}));
    EXPECT_EQ(parse_hba("host all a , \"b#\" c").front().fields.at(2).raw, "a");
    EXPECT_EQ(parse_hba("host all a, \"b#\" c").front().fields.at(2).raw, R"(a,"b#")");
}

TEST(HbaLines, GoOnBehindABackslash) {
    const auto lines = parse_hba("local all \\\r\nall\\\n trust\n\nx\\\\\n\ny\\");
    ASSERT_EQ(lines.size(), 4);
    EXPECT_EQ(lines[0].text, "local all all trust");
    EXPECT_EQ(lines[0].number, 3);
    EXPECT_EQ(lines[2].text, R"(x\)") << "only the last one of two is taken for a continuation";
    EXPECT_EQ(lines[3].text, "y");
}

TEST(HbaLines, EndAtANul) {
    const std::string text("# why\0\\\nhost all all all trust", 31);
    ASSERT_EQ(parse_hba(text).size(), 1);
    EXPECT_TRUE(parse_hba(text).front().fields.empty());
}

}  // namespace
}  // namespace citus_init::settings
