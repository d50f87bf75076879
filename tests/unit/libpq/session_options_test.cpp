#include "libpq/session_options.h"

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
              "-c default_transaction_read_only=off ", "-c check_function_bodies=on "}) {
            EXPECT_THAT(session_options(role, SettingNames::since_13), HasSubstr(option));
            EXPECT_THAT(session_options(role, SettingNames::since_14), HasSubstr(option));
        }
    }
}

TEST(SessionOptions, HaveNoNameThat13DoesNotKnowWhereItIsAsked) {
    for (const auto role : {SessionRole::superuser, SessionRole::node}) {
        EXPECT_THAT(session_options(role, SettingNames::since_13),
                    Not(HasSubstr("idle_session_timeout")));
        EXPECT_THAT(session_options(role, SettingNames::since_14),
                    HasSubstr("-c idle_session_timeout=0"));
    }
}

TEST(SessionOptions, AreChosenByTheVersionThatTheServerTells) {
    EXPECT_EQ(names_of_version(0), SettingNames::since_13);
    EXPECT_EQ(names_of_version(130'023), SettingNames::since_13);
    EXPECT_EQ(names_of_version(140'000), SettingNames::since_14);
    EXPECT_EQ(names_of_version(180'004), SettingNames::since_14);
}

TEST(SessionOptions, LeaveTheServersReadOnlyDefaultToWhoAsksForIt) {
    for (const auto role : {SessionRole::superuser, SessionRole::node}) {
        EXPECT_THAT(session_options(role, SettingNames::since_14, ReadOnlyDefault::of_server),
                    AllOf(Not(HasSubstr("read_only")), HasSubstr("-c search_path=pg_catalog,")));
    }
}

// Anybody else is refused the connection for it.
TEST(SessionOptions, HaveTheSuperusersOwnForTheSuperuserOnly) {
    EXPECT_THAT(session_options(SessionRole::superuser, SettingNames::since_14),
                HasSubstr("-c session_replication_role=origin"));
    EXPECT_THAT(session_options(SessionRole::node, SettingNames::since_14),
                Not(HasSubstr("session_replication_role")));
}

}  // namespace
}  // namespace citus_init::libpq
