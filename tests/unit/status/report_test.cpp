#include "citus_init/status/report.h"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "samples.h"

namespace citus_init::status {
namespace {

std::string line_of(const Report& report) {
    std::string line = encode_report(report);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    line.pop_back();
    return line;
}

TEST(Report, IsOneJsonObjectALine) {
    EXPECT_EQ(encode_report(Alive()), "{\"report\":\"alive\"}\n");
    EXPECT_EQ(encode_report(Warning{"a\nb\\c\td"}),
              "{\"report\":\"warning\",\"text\":\"a\\nb\\\\c\\td\"}\n");
    EXPECT_EQ(
        encode_report(UnfitReport{{ConditionKind::database_gone, "app"}}),
        "{\"report\":\"unfit\",\"condition\":{\"code\":\"database_gone\",\"name\":\"app\"}}\n");
    EXPECT_EQ(encode_report(UnfitReport()), "{\"report\":\"unfit\"}\n");
}

TEST(Report, OfEachKindIsReadAsItWasWritten) {
    EXPECT_TRUE(rc::check([] {
        for (const Report& report : any_reports()) {
            RC_ASSERT(parse_report(line_of(report)) == report);
        }
    }));
}

TEST(Report, OfAPulseKeepsEachAnswerAndRole) {
    using Role = std::optional<ha::MemberRole>;
    for (const auto answer : {ha::Answer::alive, ha::Answer::stuck, ha::Answer::silent}) {
        for (const auto role :
             {Role(), Role(ha::MemberRole::primary), Role(ha::MemberRole::replica),
              Role(ha::MemberRole::standby_leader), Role(ha::MemberRole::demoted)}) {
            for (const bool paused : {false, true}) {
                ha::Pulse pulse{answer, role, "creating replica", paused};
                EXPECT_EQ(parse_report(line_of(pulse)), Report(pulse));
                pulse.failsafe_active = !paused;
                pulse.store_age = std::chrono::seconds(17);
                EXPECT_EQ(parse_report(line_of(pulse)), Report(pulse));
            }
        }
    }
}

TEST(Report, OfAPulseHasTheFormatThatTheAgentWrites) {
    ha::Pulse pulse{ha::Answer::alive, ha::MemberRole::primary, "running", false};
    pulse.store_age = std::chrono::seconds(3);
    EXPECT_EQ(line_of(pulse),
              R"({"report":"pulse","pulse":{"answer":"alive","role":"primary","state":"running",)"
              R"("paused":false,"failsafe_active":false,"store_age":3}})");
    EXPECT_EQ(line_of(ha::Lease{std::chrono::seconds(45)}),
              R"({"report":"lease","lease":{"ttl":45,"loop_wait":10,"retry_timeout":10,)"
              R"("failsafe_mode":false,"synchronous_mode":false}})");
}

TEST(Report, OfAPulseBoundsItsTimes) {
    const auto report = parse_report(
        R"({"report": "pulse", "pulse": {"answer": "alive", "store_age": 9000000000000000000}})");
    ASSERT_TRUE(report);
    EXPECT_EQ(std::get<ha::Pulse>(*report).store_age, std::chrono::hours(24));
}

template <std::size_t... Index>
std::set<std::string> names_of_all(std::index_sequence<Index...> /*kinds*/) {
    return {report_name(Report(std::in_place_index<Index>))...};
}

TEST(Report, HasANameOfItsOwn) {
    constexpr std::size_t kKinds = std::variant_size_v<Report>;
    EXPECT_EQ(names_of_all(std::make_index_sequence<kKinds>()).size(), kKinds);
}

TEST(Report, IgnoresKeysThatItDoesNotKnow) {
    EXPECT_EQ(parse_report(R"({"report": "prepared", "since": 7})"), Report(Prepared()));
}

TEST(Report, TakesAFieldOfAnotherKindForAnEmptyOne) {
    EXPECT_EQ(parse_report(R"({"report": "node", "server_id": 7})"), Report(NodeReport()));
    EXPECT_EQ(parse_report(R"({"report": "peers", "addresses": "::1"})"),
              Report(PeersReport{{"::1"}}));
    EXPECT_EQ(parse_report(R"({"report": "unfit", "condition": {"code": "of tomorrow"}})"),
              Report(UnfitReport()));
}

TEST(Report, IsNoneOfAnythingElse) {
    for (const char* line :
         {"", "{", "[]", "7", "\"alive\"", "{}", R"({"report": "of tomorrow"})", R"({"report": 7})",
          R"({"report": "fatal"})", R"({"report": "fatal", "code": 256})",
          R"({"report": "fatal", "code": -1})", R"({"report": "fatal", "code": "1"})",
          R"({"report": "place", "state": "elsewhere"})", R"({"report": "pulse"})",
          R"({"report": "pulse", "pulse": {"answer": "?"}})",
          R"({"report": "pulse", "pulse": {"answer": 1}})", R"({"report": "lease", "lease": []})",
          "prepared\t"}) {
        EXPECT_FALSE(parse_report(line)) << line;
    }
}

TEST(Report, ReplacesWhatIsNoUtf8) {
    const std::string line = line_of(Warning{"caf\xe9"});
    EXPECT_EQ(parse_report(line), Report(Warning{"caf\xef\xbf\xbd"}));
}

TEST(Report, TakesAnyBytes) {
    EXPECT_TRUE(rc::check([](const std::string& line) { (void)parse_report(line); }));
}

TEST(Report, TakesCausesOfAnyDepth) {
    std::string line = R"({"report": "unfit", "condition": )";
    std::string end = "}";
    for (int depth = 0; depth < 1'000; ++depth) {
        line += R"({"code": "impostor", "causes": [)";
        end = "]}" + end;
    }
    const auto report = parse_report(line + end);
    ASSERT_TRUE(report);
    EXPECT_EQ(std::get<UnfitReport>(*report).condition.causes.size(), 1U);
}

}  // namespace
}  // namespace citus_init::status
