#include "citus_init/postgres/shell_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace citus_init::postgres {
namespace {

using Words = std::vector<std::string>;

TEST(ShellWords, AreSplitAsAShellDoes) {
    const std::pair<const char*, Words> cases[] = {
        {"", {}},
        {"  \t\n", {}},
        {"--data-checksums", {"--data-checksums"}},
        {" a  b\tc\ne ", {"a", "b", "c", "e"}},
        {"--locale='en US' -E \"UTF 8\"", {"--locale=en US", "-E", "UTF 8"}},
        {"''", {""}},
        {"a\"\"b", {"ab"}},
        {"a\\ b \\\"", {"a b", "\""}},
        {"'a\\b'", {"a\\b"}},
        {R"("a\"b\\c\d\$e")", {R"(a"b\c\d$e)"}},
        {"a\\\nb", {"ab"}},
        {"\"a\\\nb\"", {"ab"}},
        {"\\\n", {}},
        {"$HOME `id` $(id) a;b *", {"$HOME", "`id`", "$(id)", "a;b", "*"}},
    };
    for (const auto& [text, words] : cases) {
        EXPECT_EQ(split_shell_words(text).value(), words) << text;
    }
}

TEST(ShellWords, MustBeClosed) {
    for (const char* text : {"'a", "\"a", "\"a\\", "a\\"}) {
        const auto words = split_shell_words(text);
        ASSERT_FALSE(words) << text;
        EXPECT_EQ(words.error().code, ExitCode::config);
    }
}

TEST(ShellWords, GiveBackAnyWordInSingleQuotes) {
    EXPECT_TRUE(rc::check([](const Words& words) {
        std::string text;
        for (const auto& word : words) {
            text += " '";
            for (const char c : word) {
                text += c == '\'' ? std::string("'\\''") : std::string(1, c);
            }
            text += "'";
        }
        RC_ASSERT(split_shell_words(text).value() == words);
    }));
}

}  // namespace
}  // namespace citus_init::postgres
