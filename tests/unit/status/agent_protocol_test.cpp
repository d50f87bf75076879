#include "citus_init/status/agent_protocol.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace citus_init::status {
namespace {

TEST(AgentProtocol, IsOneLinePerReport) {
    EXPECT_EQ(encode_report({ReportKind::prepared, 0, ""}), "prepared\t\n");
    EXPECT_EQ(encode_report({ReportKind::membership, 0, "2 of 2 workers registered"}),
              "membership\t2 of 2 workers registered\n");
    EXPECT_EQ(encode_report({ReportKind::warning, 0, "a\nb\\c\r\td"}),
              "warning\ta\\nb\\\\c\\r\td\n");
    EXPECT_EQ(encode_report({ReportKind::fatal, 65, "no"}), "fatal 65\tno\n");
}

TEST(AgentProtocol, ReadsWhatItWrote) {
    EXPECT_TRUE(rc::check([](const std::string& text) {
        const auto kind = *rc::gen::element(
            ReportKind::prepared, ReportKind::node, ReportKind::membership, ReportKind::unfit,
            ReportKind::peers, ReportKind::pulse, ReportKind::lease, ReportKind::readiness,
            ReportKind::traffic, ReportKind::warning, ReportKind::fatal);
        const int code = kind == ReportKind::fatal ? *rc::gen::inRange(0, 256) : 0;
        const Report report{kind, code, text};
        std::string line = encode_report(report);
        RC_ASSERT(line.find('\n') == line.size() - 1);
        line.pop_back();
        RC_ASSERT(parse_report(line) == report);
    }));
}

TEST(AgentProtocol, RefusesEverythingElse) {
    for (const char* line :
         {"", "prepared", "prepared \t", "unknown\tx", "fatal\tx", "fatal \tx", "fatal 256\tx",
          "fatal -1\tx", "fatal 1 \tx", "warning\ta\\", "warning\t\\x"}) {
        EXPECT_FALSE(parse_report(line)) << line;
    }
}

TEST(AgentProtocol, TakesAnyBytes) {
    EXPECT_TRUE(rc::check([](const std::string& line) { (void)parse_report(line); }));
}

TEST(NodeReport, SurvivesItsJson) {
    const NodeReport report{"13.2.2", "13.2-1", "my \"db\"", "7711", "uuid"};
    EXPECT_EQ(node_report_from_json(to_json(report)), report);
    EXPECT_FALSE(node_report_from_json("[]"));
    EXPECT_FALSE(node_report_from_json("{"));
    EXPECT_EQ(node_report_from_json(R"({"server_id": 7, "more": true})"), NodeReport{});
}

}  // namespace
}  // namespace citus_init::status
