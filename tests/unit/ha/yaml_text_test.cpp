#include "citus_init/ha/patroni/yaml_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "settings/patroni_value.h"
#include "settings/yaml_document.h"

namespace citus_init::patroni {
namespace {

using settings::YamlValue;
using testing::HasSubstr;
using testing::Not;

std::string line_of(const std::string& text) {
    return yaml_text(YamlValue::map_of({{"a", YamlValue::string(text)}})).reveal();
}

TEST(YamlText, PutsEveryStringInQuotesAndLeavesNumbersAndBooleansBare) {
    // What YAML 1.1 takes for something else.
    for (const std::string text : {"on", "No", "y", "0123", "12:30:45", "1_000", "0x1F",
                                   "2026-11-22", "1e5", ".inf", "~", "null", "=", "<<", ""}) {
        EXPECT_EQ(line_of(text), "a: \"" + text + "\"\n");
    }
    const auto value = YamlValue::map_of({{"a", YamlValue::number(-5)},
                                          {"b", YamlValue::boolean(true)},
                                          {"c", YamlValue{}},
                                          {"d", YamlValue::map_of({})},
                                          {"on", YamlValue::list_of({YamlValue::string("x: y")})}});
    EXPECT_EQ(yaml_text(value).reveal(), "a: -5\nb: true\nc: ~\nd:\n  {}\n\"on\":\n  - \"x: y\"\n");
}

TEST(YamlText, IsAscii) {
    EXPECT_EQ(line_of("p\xc3\xa4ss\xf0\x9f\x98\x80\n\x01\"\\"),
              "a: \"p\\xe4ss\\U0001f600\\n\\x01\\\"\\\\\"\n");
}

TEST(YamlText, HidesWhatIsSecretOrSoundsSo) {
    const auto value = YamlValue::map_of(
        {{"password", YamlValue::hidden(Secret("first"))},
         {"consul", YamlValue::map_of({{"token", YamlValue::string("second")},
                                       {"keyfile_password", YamlValue::number(3333)}})},
         {"parameters",
          YamlValue::map_of({{"primary_conninfo", YamlValue::string("host=a password=fourth")}})}});
    const std::string shown = shown_yaml_text(value);
    for (const char* secret : {"first", "second", "3333", "fourth"}) {
        EXPECT_THAT(shown, Not(HasSubstr(secret)));
        EXPECT_THAT(yaml_text(value).reveal(), HasSubstr(secret));
    }
    EXPECT_THAT(shown, HasSubstr("host=a password=***"));
}

rc::Gen<YamlValue> any_value(int depth) {
    const auto text = rc::gen::map(
        rc::gen::container<std::string>(rc::gen::oneOf(
            rc::gen::inRange<char>(1, 127),
            rc::gen::element<char>('\'', '"', ':', '#', '\n', '\t', '-', '{', '\\', '0', '_'))),
        [](std::string characters) { return YamlValue::string(std::move(characters)); });
    if (depth == 0) {
        return rc::gen::oneOf(text, rc::gen::map(rc::gen::inRange(-1000, 1000), YamlValue::number),
                              rc::gen::map(rc::gen::arbitrary<bool>(), YamlValue::boolean));
    }
    return rc::gen::map(rc::gen::container<std::vector<YamlValue>>(any_value(depth - 1)),
                        [](const std::vector<YamlValue>& values) {
                            const std::vector<std::string> keys{"a", "on",  "b c", "0",
                                                                "é", "x_y", "",    "-"};
                            YamlValue result = YamlValue::map_of({});
                            for (std::size_t i = 0; i < values.size() && i < keys.size(); ++i) {
                                result.at(keys[i]) = values[i];
                            }
                            return result;
                        });
}

void forget_lines(YamlValue& value) {
    value.line = 0;
    for (auto& item : value.items) {
        forget_lines(item);
    }
    for (auto& [key, member] : value.members) {
        forget_lines(member);
    }
}

RC_GTEST_PROP(YamlText, IsReadBackAsWhatItWas, ()) {
    const YamlValue value = *any_value(2);
    const auto node = settings::parse_yaml(yaml_text(value).reveal());
    RC_ASSERT(node.has_value());
    YamlValue read = settings::typed(*node);
    forget_lines(read);
    RC_ASSERT(read == value);
}

}  // namespace
}  // namespace citus_init::patroni
