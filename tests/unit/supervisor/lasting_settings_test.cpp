#include "supervisor/lasting_settings.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::supervisor {
namespace {

using settings::Settings;

Settings node() {
    Settings settings;
    settings.postgres.data_directory = "/data";
    settings.postgres.user = settings.postgres.database = settings.citus.database = "app";
    settings.citus.enable = true;
    return settings;
}

TEST(LastingSettings, RefuseAnotherNode) {
    const std::vector<std::pair<const char*, std::function<void(Settings&)>>> changes{
        {"PGDATA", [](Settings& is) { is.postgres.data_directory = "/other"; }},
        {"POSTGRES_USER", [](Settings& is) { is.postgres.user = "other"; }},
        {"POSTGRES_DB", [](Settings& is) { is.postgres.database = "other"; }},
        {"CITUS_ENABLE", [](Settings& is) { is.citus.enable = false; }},
        {"CITUS_DATABASE", [](Settings& is) { is.citus.database = "other"; }},
        {"CITUS_ROLE", [](Settings& is) { is.citus.role = settings::Role::worker; }},
        {"CITUS_HA", [](Settings& is) { is.patroni.emplace(); }},
    };
    for (const auto& [variable, change] : changes) {
        Settings is = node();
        change(is);
        const Status checked = check_lasting_settings(node(), is);
        ASSERT_FALSE(checked) << variable;
        EXPECT_EQ(checked.error().code, ExitCode::config);
        EXPECT_THAT(checked.error().message, testing::StartsWith(variable));
        EXPECT_TRUE(check_lasting_settings(is, is)) << variable;
    }
}

TEST(LastingSettings, RefuseAnotherMember) {
    Settings was = node();
    was.patroni.emplace().scope = "one";
    Settings is = was;
    EXPECT_TRUE(check_lasting_settings(was, is));
    is.patroni->scope = "other";
    EXPECT_THAT(check_lasting_settings(was, is).error().message,
                testing::StartsWith(R"(PATRONI_SCOPE is "other" now, and "one")"));
    is = was;
    is.patroni->group = 7;
    EXPECT_FALSE(check_lasting_settings(was, is));
}

TEST(LastingSettings, LeaveTheOthersToTheReload) {
    Settings is = node();
    is.citus.workers = {{"w1", 5432}};
    is.postgres.password = Secret("x");
    EXPECT_TRUE(check_lasting_settings(node(), is));
}

}  // namespace
}  // namespace citus_init::supervisor
