#include "citus_init/status/condition.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::status {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr int kLast = static_cast<int>(ConditionKind::rebalance_pending);

TEST(Condition, HasACodeThatIsReadBack) {
    std::set<std::string> codes;
    for (int i = 0; i <= kLast; ++i) {
        const auto kind = static_cast<ConditionKind>(i);
        EXPECT_EQ(parse_condition_code(code_of(kind)), kind) << i;
        EXPECT_THAT(code_of(kind), MatchesRegex("[a-z_]*"));
        codes.insert(code_of(kind));
    }
    EXPECT_EQ(codes.size(), static_cast<std::size_t>(kLast) + 1);
    EXPECT_EQ(parse_condition_code("of tomorrow"), std::nullopt);
}

// With all parameters, and with none.
TEST(Condition, HasATextWithoutPlaceholders) {
    for (int i = 0; i <= kLast; ++i) {
        Condition condition{static_cast<ConditionKind>(i), "NAME", "STATE", "DETAIL", "57P03"};
        EXPECT_EQ(text_of(condition).find_first_of("{}\n"), std::string::npos) << i;
        condition.address = condition.registered = HostPort{"host", 5432};
        condition.number = 3;
        condition.place.finding = citus::PlaceFinding::member_removed;
        condition.causes = {{ConditionKind::ended, "", "", "CAUSE"}};
        EXPECT_EQ(text_of(condition).find_first_of("{}\n"), std::string::npos) << i;
        const bool may_be_empty = condition.kind == ConditionKind::none ||
                                  condition.kind == ConditionKind::recovery_ending;
        EXPECT_EQ(text_of(condition).empty(), may_be_empty) << code_of(condition.kind);
    }
    EXPECT_EQ(text_of({}), "");
}

TEST(Condition, ShowsItsParameters) {
    Condition condition{ConditionKind::coordinator_unreachable};
    condition.address = HostPort{"c", 5432};
    condition.detail = "could not translate host name \"c\" to address";
    const Condition not_joined{
        ConditionKind::not_joined, "", "", "", "", {}, {}, {}, false, {}, {condition}};
    EXPECT_EQ(text_of(not_joined),
              "not joined: coordinator c:5432 cannot be reached: could not translate host name "
              "\"c\" to address. Set CITUS_COORDINATOR_HOST to a name that resolves on this node");
    EXPECT_EQ(text_of({ConditionKind::waiting_for_server, "", "", "Patroni ended: no"}),
              "Patroni ended: no; Patroni has not started the server yet");
    EXPECT_EQ(text_of({ConditionKind::waiting_for_server}),
              "Patroni has not started the server yet");
    EXPECT_THAT(text_of({ConditionKind::extension_gone, "app"}),
                HasSubstr("the extension citus of the database \"app\" is gone"));
    EXPECT_THAT(text_of({ConditionKind::metadata_gone, "app"}),
                HasSubstr("the extension citus of the database \"app\" was dropped and created "
                          "anew"));
    Condition own{ConditionKind::own_connection_failed, "postgres", "", "no pg_hba.conf entry"};
    own.address = HostPort{"w1", 5432};
    EXPECT_THAT(text_of(own), HasSubstr("Citus cannot connect to its own node at w1:5432 as "
                                        "\"postgres\": no pg_hba.conf entry. Until then"));
}

}  // namespace
}  // namespace citus_init::status
