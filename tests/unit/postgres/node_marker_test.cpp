#include "citus_init/postgres/node_marker.h"

#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/postgres/scratch.h"

namespace citus_init::postgres {
namespace {

using ::testing::HasSubstr;

NodeMarker worker_marker() {
    NodeMarker marker;
    marker.citus = true;
    marker.role = "worker";
    marker.extension_version = "13.2-1";
    marker.library_version = "13.2-1";
    marker.postgres_major = 15;
    marker.node = "worker-1";
    marker.validation_fingerprint = "f00";
    marker.cluster_id = "7";
    marker.database = "app";
    marker.group_id = 3;
    marker.stanza = "app-3 in posix:/backup";
    marker.preset = "test";
    return marker;
}

TEST(NodeMarker, SurvivesWritingAndReading) {
    const Scratch scratch;
    const RealFilesystem files;
    EXPECT_EQ(read_node_marker(files, scratch.path()).value(), std::nullopt);
    ASSERT_TRUE(write_node_marker(scratch.path(), worker_marker()));
    EXPECT_EQ(read_node_marker(files, scratch.path()).value(), worker_marker());
}

TEST(NodeMarker, ThatCannotBeReadIsNoMissingOne) {
    const Scratch scratch;
    for (const char* text : {"", "{", "{}", R"({"citus": "yes"})"}) {
        scratch.write("citus_init/marker.json", text);
        const auto marker = read_node_marker(RealFilesystem(), scratch.path());
        ASSERT_FALSE(marker) << text;
        EXPECT_EQ(marker.error().code, ExitCode::data_directory);
    }
}

struct GateCase {
    const char* name;
    NodeIntent intent;
    const char* refusal;  // a part of it; nullptr = none
};

TEST(NodeMarkerGate, RefusesWhatWouldHurt) {
    const GateCase cases[] = {
        {"same", {true, false, "worker", "13.2-1", false, "app"}, nullptr},
        {"newer library", {true, false, "worker", "14.0-1", false, "app"}, nullptr},
        {"unknown library", {true, false, "worker", "", false, "app"}, nullptr},
        {"other database", {true, false, "worker", "", false, "b"}, "Set CITUS_DATABASE=app"},
        {"other database on purpose", {true, false, "worker", "", true, "b"}, nullptr},
        {"older library", {true, false, "worker", "13.1-1", false, "app"}, "is older (13.1-1)"},
        {"other role",
         {true, false, "coordinator", "13.2-1", false, "app"},
         "Set CITUS_ROLE=worker"},
        {"switched off", {false, false, "", "", false, "app"}, "Set CITUS_ENABLE=true"},
        {"switched off on purpose", {false, true, "", "", false, "app"}, nullptr},
    };
    for (const auto& [name, intent, refusal] : cases) {
        const auto status = check_node_marker(worker_marker(), intent, "/data");
        EXPECT_EQ(status.has_value(), refusal == nullptr) << name;
        if (!status && refusal != nullptr) {
            EXPECT_EQ(status.error().code, ExitCode::data_directory) << name;
            EXPECT_THAT(status.error().message, HasSubstr(refusal)) << name;
        }
    }
}

TEST(NodeMarkerGate, LetsPlainPostgresqlBecomeAnything) {
    for (const char* role : {"coordinator", "worker"}) {
        EXPECT_TRUE(check_node_marker({}, {true, false, role, "13.2-1", false, "app"}, "/data"));
    }
    EXPECT_TRUE(check_node_marker({}, {}, "/data"));
}

TEST(Preset, StaysThatOfTheDirectory) {
    EXPECT_TRUE(check_preset("", "", "/data"));
    EXPECT_TRUE(check_preset("test", "test", "/data"));
    for (const auto& [made_with, preset, text] :
         {std::tuple{"", "test", "was made without CITUS_PRESET=test"},
          {"test", "", "was made with CITUS_PRESET=test"}}) {
        const auto refused = check_preset(made_with, preset, "/data");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ExitCode::config);
        EXPECT_THAT(refused.error().message, HasSubstr(text));
    }
}

TEST(ExtensionVersion, IsOrderedByItsNumbers) {
    EXPECT_TRUE(std::is_lt(compare_extension_versions("13.0-1", "13.2-1")));
    EXPECT_TRUE(std::is_lt(compare_extension_versions("13.2-1", "13.10-1")));
    EXPECT_TRUE(std::is_lt(compare_extension_versions("9.5-2", "10.0-1")));
    EXPECT_TRUE(std::is_lt(compare_extension_versions("13.2", "13.2-1")));
    EXPECT_TRUE(std::is_eq(compare_extension_versions("13.2-1", "13.2-1")));
    EXPECT_TRUE(std::is_eq(compare_extension_versions("13", "13.0-0")));
}

}  // namespace
}  // namespace citus_init::postgres
