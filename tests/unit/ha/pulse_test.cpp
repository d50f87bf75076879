#include "citus_init/ha/pulse.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace citus_init::ha {
namespace {

TEST(Pulse, SurvivesItsJson) {
    for (const auto answer : {Answer::alive, Answer::stuck, Answer::silent}) {
        for (const auto role :
             {std::optional<MemberRole>(), std::optional(MemberRole::primary),
              std::optional(MemberRole::replica), std::optional(MemberRole::standby_leader),
              std::optional(MemberRole::demoted)}) {
            for (const bool paused : {false, true}) {
                Pulse pulse{answer, role, "creating replica", paused};
                EXPECT_EQ(pulse_from_json(to_json(pulse)), pulse) << to_json(pulse);
                pulse.failsafe_active = !paused;
                pulse.store_age = std::chrono::seconds(17);
                EXPECT_EQ(pulse_from_json(to_json(pulse)), pulse) << to_json(pulse);
            }
        }
    }
}

TEST(Pulse, IsNoneWithoutAnAnswer) {
    for (const char* text : {"", "{", "[]", "{}", R"({"answer":"perhaps"})", R"({"answer":1})"}) {
        EXPECT_FALSE(pulse_from_json(text)) << text;
    }
}

TEST(Pulse, TakesAnyBytes) {
    EXPECT_TRUE(rc::check([](const std::string& text) { (void)pulse_from_json(text); }));
}

}  // namespace
}  // namespace citus_init::ha
