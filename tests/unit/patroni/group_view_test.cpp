#include "citus_init/patroni/group_view.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "unit/patroni/answers.h"

namespace citus_init::patroni {
namespace {

TEST(GroupView, IsReadFromPatroni3) {
    const auto view = parse_group_view(answer_text("3.0.2.cluster"));
    ASSERT_TRUE(view);
    const GroupMember leader{"w11", Place::leader, "running",
                             "w11", 5432,          "https://w11.example.com:8008/patroni",
                             1,     std::nullopt,  false};
    const GroupMember replica{"w12",     Place::synchronous,
                              "running", "w12",
                              5432,      "https://w12.example.com:8008/patroni",
                              1,         0,
                              false};
    EXPECT_EQ(*view, (GroupView{{leader, replica}, false}));
    EXPECT_EQ(*view->leader(), leader);
    EXPECT_EQ(*view->find("w12"), replica);
    EXPECT_EQ(view->find("w13"), nullptr);
}

TEST(GroupView, IsReadFromPatroni4) {
    const auto view = parse_group_view(answer_text("4.1.4.cluster"));
    ASSERT_TRUE(view);
    ASSERT_EQ(view->members.size(), 2);
    EXPECT_EQ(view->members[1].state, "streaming");
    EXPECT_EQ(view->members[1].place, Place::synchronous);
    EXPECT_EQ(view->members[1].lag, 0);
}

TEST(GroupView, KnowsMaintenance) {
    EXPECT_TRUE(parse_group_view(answer_text("3.0.2.paused_cluster"))->paused);
    EXPECT_TRUE(parse_group_view(answer_text("4.1.4.paused_cluster"))->paused);
}

TEST(GroupView, TakesWhatIsNotKnownForThat) {
    const auto view = parse_group_view(R"({"members":[{"name":"a","role":"quorum_standby",
        "lag":"unknown","port":"x","pending_restart":true},7]})");
    ASSERT_TRUE(view);
    EXPECT_EQ(view->members[0].lag, std::nullopt);
    EXPECT_EQ(view->members[0].place, Place::quorum);
    EXPECT_TRUE(view->members[0].restart_pending);
    EXPECT_EQ(view->members[1], GroupMember{});
    EXPECT_EQ(view->leader(), nullptr);
}

TEST(GroupView, IsNoneWithoutMembers) {
    for (const char* text : {"", "[]", "{}", R"({"members":{}})"}) {
        EXPECT_FALSE(parse_group_view(text)) << text;
    }
    EXPECT_TRUE(rc::check([](const std::string& text) { (void)parse_group_view(text); }));
}

}  // namespace
}  // namespace citus_init::patroni
