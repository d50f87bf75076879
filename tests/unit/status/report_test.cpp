#include "citus_init/status/report.h"

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
          R"({"report": "pulse", "pulse": {"answer": "?"}})", "prepared\t"}) {
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
