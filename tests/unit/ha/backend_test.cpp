#include "citus_init/ha/patroni/backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::patroni {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

settings::Settings with_patroni() {
    settings::Settings settings;
    settings.patroni.emplace();
    settings.patroni->directory = "/run/member";
    return settings;
}

TEST(PatroniBackend, IsLaunchedWithItsFileAndNothingThatBeatsIt) {
    const auto launch =
        make_backend({4, 1, 4})->launch(with_patroni(), {{"PATH", "/usr/bin"},
                                                         {"LANG", "C"},
                                                         {"PGHOST", "elsewhere"},
                                                         {"POSTGRES_PASSWORD", "superuser's"},
                                                         {"PATRONI_SCOPE", "demo"},
                                                         {"PATRONI_KUBERNETES_NAMESPACE", "prod"}});
    EXPECT_THAT(launch.arguments, ElementsAre("patroni", "/run/member/patroni.yml"));
    const settings::Environment expected{{"CITUS_PATRONI_DIR", "/run/member"},
                                         {"LANG", "C"},
                                         {"PATH", "/usr/bin"},
                                         {"PATRONI_KUBERNETES_NAMESPACE", "prod"}};
    EXPECT_EQ(launch.environment, expected);
}

TEST(PatroniBackend, IsNamedWithItsVersion) {
    EXPECT_EQ(make_backend({4, 1, 4})->name(), "Patroni 4.1.4");
}

TEST(PatroniBackend, MayNotRestartBesideAPrimaryBefore33) {
    EXPECT_FALSE(make_backend({3, 2, 9})->may_restart_beside_primary());
    EXPECT_TRUE(make_backend({3, 3, 0})->may_restart_beside_primary());
}

TEST(PatroniBackend, ShowsItsFileWithoutPasswords) {
    settings::Settings settings = with_patroni();
    settings.patroni->rewind.password = Secret("rewind's");
    const auto file = make_backend({4, 1, 4})->render(settings, {}, {});
    ASSERT_TRUE(file);
    EXPECT_EQ(file->path, "/run/member/patroni.yml");
    EXPECT_THAT(file->content.reveal(), HasSubstr("rewind's"));
    EXPECT_THAT(file->shown, Not(HasSubstr("rewind's")));
}

}  // namespace
}  // namespace citus_init::patroni
