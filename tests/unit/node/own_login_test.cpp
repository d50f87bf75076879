#include "citus_init/node/own_login.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace citus_init::node {
namespace {

using citus::ConnectionTarget;
using citus::SqlError;
using citus::SqlResult;

// What a server was asked, and whom it refuses.
struct Server {
    std::vector<std::string> logins;
    std::map<std::string, SqlError> refused;
    std::set<std::string> roles{"postgres", "citus_init"};
};

class FakeServerSession final : public citus::Session {
  public:
    explicit FakeServerSession(Server& server) : server_(server) {}
    [[nodiscard]] SqlResult<citus::Rows> query(
        const std::string& sql, const std::vector<std::string>& parameters) override {
        EXPECT_NE(sql.find("set_config('role'"), std::string::npos);
        if (!server_.roles.contains(parameters.at(0))) {
            return tl::unexpected(
                SqlError{"22023", "role \"" + parameters.at(0) + "\" does not exist", "", ""});
        }
        server_.logins.push_back("role " + parameters.at(0));
        return citus::Rows{};
    }

  private:
    Server& server_;
};

class FakeConnector final : public citus::Connector {
  public:
    explicit FakeConnector(Server& server) : server_(server) {}
    [[nodiscard]] SqlResult<std::unique_ptr<citus::Session>> connect(
        const ConnectionTarget& target) override {
        server_.logins.push_back(target.user);
        if (const auto found = server_.refused.find(target.user); found != server_.refused.end()) {
            return tl::unexpected(found->second);
        }
        return std::make_unique<FakeServerSession>(server_);
    }

  private:
    Server& server_;
};

ConnectionTarget local(const std::string& user) {
    ConnectionTarget target;
    target.host = "/run";
    target.user = user;
    return target;
}

const SqlError kRefused{"28P01", "password authentication failed", "", ""};

TEST(OwnLogin, IsNotNeededWhereTheUsersRoleIsLetIn) {
    Server server;
    const auto connector = with_own_login(std::make_unique<FakeConnector>(server));
    EXPECT_TRUE(connector->connect(local("postgres")));
    EXPECT_EQ(server.logins, (std::vector<std::string>{"postgres"}));
}

TEST(OwnLogin, BecomesTheUsersRoleAndRemembers) {
    Server server;
    server.refused["postgres"] = kRefused;
    const auto connector = with_own_login(std::make_unique<FakeConnector>(server));
    EXPECT_TRUE(connector->connect(local("postgres")));
    EXPECT_TRUE(connector->connect(local("postgres")));
    EXPECT_EQ(server.logins, (std::vector<std::string>{"postgres", "citus_init", "role postgres",
                                                       "citus_init", "role postgres"}));
}

TEST(OwnLogin, ReportsWhyTheUsersRoleIsRefusedWhereItsOwnIsToo) {
    Server server;
    server.refused["postgres"] = kRefused;
    server.refused["citus_init"] = {"28000", "no pg_hba.conf entry", "", ""};
    const auto connector = with_own_login(std::make_unique<FakeConnector>(server));
    EXPECT_EQ(connector->connect(local("postgres")).error().sqlstate, "28P01");
}

TEST(OwnLogin, ReportsThatTheUsersRoleIsMissing) {
    Server server;
    server.refused["owner"] = {"28P01", "password authentication failed", "", ""};
    const auto connector = with_own_login(std::make_unique<FakeConnector>(server));
    EXPECT_EQ(connector->connect(local("owner")).error().message, "role \"owner\" does not exist");
}

TEST(OwnLogin, LeavesTheNetworkAndOtherFailuresAlone) {
    Server server;
    server.refused["postgres"] = kRefused;
    const auto connector = with_own_login(std::make_unique<FakeConnector>(server));
    ConnectionTarget remote = local("postgres");
    remote.host = "w1";
    EXPECT_FALSE(connector->connect(remote));
    server.refused["postgres"] = {"57P03", "the database system is starting up", "", ""};
    EXPECT_FALSE(connector->connect(local("postgres")));
    EXPECT_EQ(server.logins, (std::vector<std::string>{"postgres", "postgres"}));
}

}  // namespace
}  // namespace citus_init::node
