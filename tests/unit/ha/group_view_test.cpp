#include "citus_init/ha/group_view.h"

#include <optional>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "citus_init/ha/patroni/rest_answers.h"

#include "ha/patroni/member_assessment.h"
#include "unit/ha/answers.h"

namespace citus_init::patroni {
namespace {

using ha::GroupMember;
using ha::GroupView;
using ha::Place;

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

GroupMember place(const char* name, Place place, const char* state,
                  std::optional<std::int64_t> lag) {
    GroupMember member;
    member.name = name;
    member.place = place;
    member.state = state;
    member.lag = lag;
    return member;
}

TEST(GroupView, SaysWhyTheLeadCannotBeHandedOver) {
    const GroupMember leader = place("c1", Place::leader, "running", std::nullopt);
    const GroupMember synchronous = place("c2", Place::synchronous, "streaming", 0);
    const GroupMember replica = place("c3", Place::replica, "running", 17);
    GroupMember reporting = synchronous;
    reporting.never_leads = true;
    struct Case {
        std::vector<GroupMember> members;
        bool synchronous_mode;
        const char* trouble;
    };
    const std::vector<Case> cases{
        {{leader, synchronous}, true, ""},
        {{leader, replica, synchronous}, true, ""},
        {{leader, place("c2", Place::quorum, "running", 0)}, true, ""},
        {{leader, replica}, false, ""},
        {{leader, replica}, true, "c3 does not count as synchronous"},
        {{leader, reporting}, true, "c2 must not lead (nofailover or failover_priority 0)"},
        {{leader, reporting, place("c3", Place::synchronous, "streaming", 0)}, true, ""},
        {{leader}, true, "c1 has no replica"},
        {{replica}, true, "the group has no leader"},
        {{leader, place("c2", Place::replica, "creating replica", std::nullopt)},
         true,
         "c2 is not running (creating replica)"},
        {{leader, place("c2", Place::replica, "running", 2'000'000)},
         false,
         "c2 is 2000000 B behind c1"},
        {{leader, place("c2", Place::replica, "running", std::nullopt), replica},
         true,
         "c2 does not count as synchronous, c3 does not count as synchronous"}};
    for (const auto& [members, synchronous_mode, trouble] : cases) {
        EXPECT_EQ(handover_trouble({members, false}, synchronous_mode), trouble);
    }
    EXPECT_EQ(handover_trouble({{leader, synchronous}, true}, true),
              "the group is paused: nobody takes over");
}

TEST(GroupView, KnowsWhoNeverLeads) {
    const auto view = parse_group_view(
        R"({"members":[{"name":"a","tags":{"nofailover":true}},)"
        R"({"name":"b","tags":{"failover_priority":0}},)"
        R"({"name":"c","tags":{"failover_priority":2,"nofailover":false}},{"name":"d"}]})");
    ASSERT_TRUE(view);
    EXPECT_TRUE(view->find("a")->never_leads && view->find("b")->never_leads);
    EXPECT_FALSE(view->find("c")->never_leads || view->find("d")->never_leads);
}

TEST(GroupView, KnowsWhoNeverCountsAsSynchronous) {
    const auto view = parse_group_view(
        R"({"members":[{"name":"a","tags":{"nosync":true}},{"name":"b","tags":{"sync_priority":0}},)"
        R"({"name":"c","tags":{"clonefrom":true}},{"name":"d","tags":[]}]})");
    ASSERT_TRUE(view);
    EXPECT_TRUE(view->find("a")->never_synchronous && view->find("b")->never_synchronous);
    EXPECT_FALSE(view->find("c")->never_synchronous || view->find("d")->never_synchronous);
}

}  // namespace
}  // namespace citus_init::patroni
