#include "libpq/session_options.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::libpq {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(SessionOptions, PinWhatAnOwnerOfADatabaseMaySet) {
    for (const auto role : {SessionRole::superuser, SessionRole::node}) {
        for (const char* option :
             {"-c search_path=pg_catalog,pg_temp ", "-c role=none ", "-c row_security=off ",
              "-c local_preload_libraries= ", "-c statement_timeout=0 ", "-c lock_timeout=0 ",
              "-c default_transaction_isolation=read\\ committed ",
              "-c default_transaction_read_only=off ", "-c check_function_bodies=on ",
              "-c exit_on_error=off "}) {
            EXPECT_THAT(session_options(role, kOldestServer), HasSubstr(option));
            EXPECT_THAT(session_options(role, 140000), HasSubstr(option));
        }
    }
}

TEST(SessionOptions, HaveNoNameThat13DoesNotKnowWhereItIsAsked) {
    for (const auto role : {SessionRole::superuser, SessionRole::node}) {
        EXPECT_THAT(session_options(role, kOldestServer), Not(HasSubstr("idle_session_timeout")));
        EXPECT_THAT(session_options(role, 140000), HasSubstr("-c idle_session_timeout=0"));
    }
}

struct LaterSettings {
    int version;
    std::vector<std::string> names;
};

class SessionOptionsOfAServer : public testing::TestWithParam<LaterSettings> {};

TEST_P(SessionOptionsOfAServer, NameWhatItHasAndNothingElse) {
    const std::string options = session_options(SessionRole::node, GetParam().version);
    const std::string statement = pin_later_settings(kOldestServer, GetParam().version);
    for (const std::string name :
         {"idle_session_timeout", "transaction_timeout", "restrict_nonsystem_relation_kind"}) {
        const auto& names = GetParam().names;
        if (std::find(names.begin(), names.end(), name) != names.end()) {
            EXPECT_THAT(options, HasSubstr(" -c " + name + "="));
            EXPECT_THAT(statement, HasSubstr("'" + name + "'"));
        } else {
            EXPECT_THAT(options, Not(HasSubstr(name)));
            EXPECT_THAT(statement, Not(HasSubstr(name)));
        }
    }
    EXPECT_EQ(pin_later_settings(GetParam().version, GetParam().version), "");
}

INSTANTIATE_TEST_SUITE_P(
    All, SessionOptionsOfAServer,
    testing::Values(
        LaterSettings{130015, {}}, LaterSettings{130016, {"restrict_nonsystem_relation_kind"}},
        LaterSettings{140012, {"idle_session_timeout"}},
        LaterSettings{140013, {"idle_session_timeout", "restrict_nonsystem_relation_kind"}},
        LaterSettings{150007, {"idle_session_timeout"}},
        LaterSettings{150008, {"idle_session_timeout", "restrict_nonsystem_relation_kind"}},
        LaterSettings{160003, {"idle_session_timeout"}},
        LaterSettings{160004, {"idle_session_timeout", "restrict_nonsystem_relation_kind"}},
        LaterSettings{
            170000,
            {"idle_session_timeout", "transaction_timeout", "restrict_nonsystem_relation_kind"}},
        LaterSettings{
            180006,
            {"idle_session_timeout", "transaction_timeout", "restrict_nonsystem_relation_kind"}}),
    [](const auto& parameter) { return std::to_string(parameter.param.version); });

TEST(SessionOptions, LeaveTheServersReadOnlyDefaultToWhoAsksForIt) {
    for (const auto role : {SessionRole::superuser, SessionRole::node}) {
        EXPECT_THAT(session_options(role, 140000, ReadOnlyDefault::of_server),
                    AllOf(Not(HasSubstr("read_only")), HasSubstr("-c search_path=pg_catalog,")));
    }
}

// Anybody else is refused the connection for it.
TEST(SessionOptions, HaveTheSuperusersOwnForTheSuperuserOnly) {
    EXPECT_THAT(session_options(SessionRole::superuser, 140000),
                HasSubstr("-c session_replication_role=origin"));
    EXPECT_THAT(session_options(SessionRole::node, 140000),
                Not(HasSubstr("session_replication_role")));
}

}  // namespace
}  // namespace citus_init::libpq
