#include "citus_init/base/text.h"

#include <gtest/gtest.h>

namespace citus_init {
namespace {

TEST(Nearest, FindsATypingMistake) {
    const std::vector<std::string> names{"CITUS_ROLE", "CITUS_WORKERS", "CITUS_ENABLE"};
    EXPECT_EQ(nearest("CITUS_ROEL", names), "CITUS_ROLE");
    EXPECT_EQ(nearest("CITUS_WORKER", names), "CITUS_WORKERS");
    EXPECT_EQ(nearest("CITUS_NOTHING_LIKE_IT", names), std::nullopt);
}

TEST(ParseInteger, TakesWholeNumbersWithinTheBounds) {
    EXPECT_EQ(parse_integer("5432", 1, 65535), 5432);
    EXPECT_EQ(parse_integer("0", 1, 65535), std::nullopt);
    EXPECT_EQ(parse_integer("65536", 1, 65535), std::nullopt);
    EXPECT_EQ(parse_integer("12a", 1, 65535), std::nullopt);
    EXPECT_EQ(parse_integer("", 1, 65535), std::nullopt);
    EXPECT_EQ(parse_integer("99999999999999999999", 1, 65535), std::nullopt);
}

TEST(Split, KeepsEmptyParts) {
    EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
    EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
}

TEST(OneLine, PutsSemicolonsForTheEndsOfLines) {
    EXPECT_EQ(one_line("a: b\nDETAIL:  c"), "a: b; DETAIL:  c");
    EXPECT_EQ(one_line("failed: refused\n\tIs it running?"), "failed: refused; Is it running?");
    EXPECT_EQ(one_line("alone"), "alone");
}

TEST(Trim, DropsWhitespaceAtBothEnds) {
    EXPECT_EQ(trim("  a b\t\n"), "a b");
    EXPECT_EQ(trim(" \n"), "");
}

}  // namespace
}  // namespace citus_init
