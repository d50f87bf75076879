#include "citus_init/citus/client_access.h"

#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citus_init::citus {
namespace {

using testing::HasSubstr;
using Row = std::vector<std::optional<std::string>>;

// A server that gives the same answer to every statement.
struct FixedSession : Session {
    explicit FixedSession(Row answer) : row(std::move(answer)) {}
    SqlResult<Rows> query(const std::string& /*sql*/,
                          const std::vector<std::string>& /*parameters*/) override {
        return Rows{{row}};
    }
    Row row;
};

struct FixedConnector : Connector {
    SqlResult<std::unique_ptr<Session>> connect(const ConnectionTarget& target) override {
        databases.push_back(target.database);
        return std::make_unique<FixedSession>(row);
    }
    Row row;
    std::vector<std::string> databases;
};

ClientAccess access_of(Row row) {
    FixedSession session(std::move(row));
    return client_access(session, "app").value();
}

TEST(ClientAccess, HasNothingToSayOfAnOrdinaryServer) {
    EXPECT_EQ(access_of({"now", std::nullopt, std::nullopt, "-1", std::nullopt}),
              (ClientAccess{"", "", "now"}));
}

TEST(ClientAccess, NamesWhatMakesWritesFailAndTheFix) {
    EXPECT_THAT(
        access_of({"now", "configuration file", "/data/postgresql.auto.conf", "-1", std::nullopt})
            .writes_fail,
        HasSubstr("ALTER SYSTEM RESET default_transaction_read_only"));
    EXPECT_THAT(
        access_of({"now", "database", std::nullopt, "-1", std::nullopt}).writes_fail,
        HasSubstr("(database). SET default_transaction_read_only = off, then ALTER DATABASE"));
    EXPECT_THAT(access_of({"now", "command line", std::nullopt, "-1", std::nullopt}).writes_fail,
                HasSubstr("(command line). Remove it there"));
    EXPECT_THAT(access_of({"now", std::nullopt, std::nullopt, "-1", "a, b"}).writes_fail,
                HasSubstr("synchronous_standby_names = 'a, b'"));
}

TEST(ClientAccess, KnowsADatabaseThatTakesSuperusersOnly) {
    EXPECT_THAT(access_of({"now", std::nullopt, std::nullopt, "0", std::nullopt}).closed,
                HasSubstr("ALTER DATABASE \"app\" CONNECTION LIMIT -1"));
}

TEST(ClientAccess, DistinguishesAnInvalidDatabaseFromAClosedOne) {
    FixedConnector connector;
    ConnectionTarget target;
    target.database = "app";
    connector.row = {"-2"};
    EXPECT_THAT(refusal_text(connector, target), HasSubstr("is invalid: a DROP DATABASE"));
    connector.row = {"-1"};
    EXPECT_THAT(refusal_text(connector, target), HasSubstr("ALLOW_CONNECTIONS true, in the"));
    target.database = "postgres";
    EXPECT_THAT(refusal_text(connector, target), HasSubstr("in the database \"template1\""));
    EXPECT_EQ(connector.databases, (std::vector<std::string>{"postgres", "postgres", "template1"}));
}

}  // namespace
}  // namespace citus_init::citus
