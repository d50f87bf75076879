#include "citus_init/base/json_fields.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace citus_init {
namespace {

TEST(JsonFields, AreFound) {
    const auto object = nlohmann::json::parse(R"({"text": "a", "number": -7, "flag": true})");
    EXPECT_EQ(text_at(object, "text"), "a");
    EXPECT_EQ(number_at(object, "number"), -7);
    EXPECT_TRUE(flag_at(object, "flag"));
}

TEST(JsonFields, AreNothingWhereTheyAreMissingOrOfAnotherKind) {
    for (const char* json : {"{}", R"({"at": null})", R"({"at": []})", R"({"at": 1.5})", "[1]",
                             "\"at\"", "1", "null", "nonsense"}) {
        const auto value = nlohmann::json::parse(json, nullptr, false);
        EXPECT_EQ(text_at(value, "at"), "") << json;
        EXPECT_EQ(number_at(value, "at"), std::nullopt) << json;
        EXPECT_FALSE(flag_at(value, "at")) << json;
    }
}

}  // namespace
}  // namespace citus_init
