#include "web/log_tail.h"

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "citus_init/base/log_feed.h"

namespace citus_init::web {
namespace {

using testing::HasSubstr;

TEST(TailLine, IsOfAMessageWithItsDetailAndHint) {
    EXPECT_EQ(tail_line(R"({"ts":"2026-11-29T04:33:14.320Z","level":"error","logger":"postgres",)"
                        R"("msg":"no","record":{"detail":"d","hint":"h","query":"SELECT 1"}})"),
              R"({"time":"2026-11-29T04:33:14.320Z","level":3,"text":"postgres: no; d; h"})");
    EXPECT_THAT(tail_line(R"({"level":"debug","msg":"x"})"), HasSubstr(R"("level":0)"));
    EXPECT_THAT(tail_line(R"({"level":"fatal","msg":"x"})"), HasSubstr(R"("level":3)"));
    EXPECT_THAT(tail_line(R"({"level":"of tomorrow","msg":"x"})"), HasSubstr(R"("level":1)"));
}

TEST(TailLine, IsNoneOfAnythingElse) {
    for (const char* object :
         {"", "{", "[]", "7", "{}", R"({"msg":7})", R"({"msg":""})", "\xff", R"({"dropped":7})"}) {
        EXPECT_EQ(tail_line(object), "") << object;
    }
    EXPECT_NE(tail_line(R"({"msg":"x","record":[],"level":[]})"), "");
}

class LogTailTest : public testing::Test {
  protected:
    log::Feed feed_ = *log::make_feed();
    log::FeedWriter writer_{feed_.writing_end.get()};
    LogTail tail_{feed_.reading_end.get()};
};

TEST_F(LogTailTest, TakesWhatIsNewAndKeepsAll) {
    EXPECT_EQ(tail_.take(), "");
    EXPECT_EQ(tail_.all(), "");
    writer_.write("{\"msg\":\"a\"}\n");
    writer_.write("{\"msg\":\"b\"}");
    const auto fresh = nlohmann::json::parse(tail_.take());
    ASSERT_EQ(fresh.size(), 2U);
    EXPECT_EQ(fresh[1]["text"], ": b");
    EXPECT_EQ(tail_.take(), "");
    writer_.write("{\"msg\":\"c\"}");
    EXPECT_EQ(nlohmann::json::parse(tail_.take()).size(), 1U);
    EXPECT_EQ(nlohmann::json::parse(tail_.all()).size(), 3U);
}

TEST_F(LogTailTest, KeepsTheLast500) {
    for (int i = 0; i < 1200; ++i) {
        writer_.write("{\"msg\":\"" + std::to_string(i) + "\"}");
        if (i % 5 == 0) {
            tail_.take();
        }
    }
    tail_.take();
    const auto all = nlohmann::json::parse(tail_.all());
    ASSERT_EQ(all.size(), 500U);
    EXPECT_EQ(all[499]["text"], ": 1199");
}

TEST_F(LogTailTest, CountsWhatWasDropped) {
    writer_.write(R"({"dropped":7})");
    writer_.write(R"({"dropped":-7})");
    writer_.write(R"({"dropped":2})");
    EXPECT_EQ(tail_.take(), "");
    EXPECT_EQ(tail_.dropped(), 9U);
}

TEST_F(LogTailTest, LetsNoWriterWait) {
    ASSERT_TRUE(writer_.has_room());
    int written = 0;
    while (writer_.has_room() && written < 100'000) {
        writer_.write("{\"msg\":\"x\"}");
        ++written;
    }
    EXPECT_LT(written, 100'000) << "nobody reads";
    EXPECT_FALSE(writer_.has_room());
    // One too long is lost, and the feed goes on.
    LogTail(feed_.reading_end.get()).take();
    log::FeedWriter other(feed_.writing_end.get());
    other.write(std::string(10'000'000, 'x'));
    EXPECT_TRUE(other.has_room());
}

TEST(LogTail, HasNothingWithoutAFeed) {
    LogTail none(-1);
    EXPECT_EQ(none.take(), "");
    log::FeedWriter nobody(-1);
    nobody.write("x");
    EXPECT_FALSE(nobody.has_room());
}

}  // namespace
}  // namespace citus_init::web
