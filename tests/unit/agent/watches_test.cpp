#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/sqlstate.h"
#include "citus_init/status/report.h"

#include "agent/database_watch.h"
#include "agent/member/member_own_connection.h"
#include "support/fake_session.h"
#include "unit/ha/member_snapshots.h"

namespace citus_init::agent {
namespace {

// Within ten seconds of DROP EXTENSION the node is not ready; a connection, its report and a loaded
// machine take the rest.
TEST(DatabaseWatch, ProbesInTimeForTenSeconds) {
    const AgentContext context;
    Reporter reporter{Fd{}};
    const auto start = DatabaseWatch::Clock::now();
    const DatabaseWatch watch(context, reporter);
    EXPECT_LE(watch.due() - start, std::chrono::seconds(8));
    EXPECT_FALSE(watch.is_due(start));
}

// An agent's end; `parent` becomes PID 1's.
Fd socket_to(Fd& parent) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    parent = Fd(ends[0]);
    return Fd(ends[1]);
}

// Refuses every connection with `error`.
class RefusingConnector final : public citus::Connector {
  public:
    [[nodiscard]] citus::SqlResult<std::unique_ptr<citus::Session>> connect(
        const citus::ConnectionTarget& /*target*/) override {
        return tl::unexpected(error);
    }
    citus::SqlError error;
};

class ClosedDatabase : public testing::Test {
  protected:
    ClosedDatabase() {
        auto connector = std::make_unique<RefusingConnector>();
        refusing_ = connector.get();
        context_.connector = std::move(connector);
        context_.settings.citus.database = "app";
    }

    // What PID 1 gets of the probe that comes `second` after the first one.
    std::string reported(int second, const char* sqlstate) {
        refusing_->error = {sqlstate, "not within 3000 ms", "", ""};
        watch_.probe(start_ + std::chrono::seconds(second));
        std::array<char, 2048> text{};
        const auto count = ::recv(parent_.get(), text.data(), text.size(), MSG_DONTWAIT);
        return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
    }

    Fd parent_;
    AgentContext context_;
    RefusingConnector* refusing_ = nullptr;
    Reporter reporter_{socket_to(parent_)};
    DatabaseWatch watch_{context_, reporter_};
    DatabaseWatch::Clock::time_point start_ = DatabaseWatch::Clock::now();
};

TEST_F(ClosedDatabase, IsReportedAtOnceWhereItAcceptsNoConnections) {
    EXPECT_THAT(reported(0, citus::sqlstate::kObjectNotInPrerequisiteState),
                testing::AllOf(testing::HasSubstr(R"("code":"database_closed","name":"app")"),
                               testing::HasSubstr("accepts no connections: ALTER DATABASE")));
    EXPECT_EQ(reported(7, citus::sqlstate::kObjectNotInPrerequisiteState), "");
}

TEST_F(ClosedDatabase, IsReportedOnceWhereTheServerHasNotRespondedForAWhile) {
    EXPECT_EQ(reported(0, citus::sqlstate::kConnectionFailure), "");
    EXPECT_EQ(reported(10, citus::sqlstate::kConnectionFailure), "");
    EXPECT_THAT(reported(20, citus::sqlstate::kConnectionFailure),
                testing::HasSubstr("has not responded to a connection for 20 s (not within"));
    EXPECT_EQ(reported(30, citus::sqlstate::kConnectionFailure), "");
}

TEST_F(ClosedDatabase, IsReportedOnceWhereAllSlotsHaveBeenTakenForAWhile) {
    EXPECT_EQ(reported(0, citus::sqlstate::kTooManyConnections), "");
    EXPECT_EQ(reported(10, citus::sqlstate::kTooManyConnections), "");
    EXPECT_THAT(reported(20, citus::sqlstate::kTooManyConnections),
                testing::HasSubstr(R"("code":"connection_slots_taken")"));
    EXPECT_EQ(reported(30, citus::sqlstate::kTooManyConnections), "");
}

// A server that refuses a login responds.
TEST_F(ClosedDatabase, IsNotReportedWhereALoginIsRefused) {
    for (const int second : {0, 10, 20}) {
        EXPECT_EQ(reported(second, citus::sqlstate::kInvalidAuthorizationSpecification), "");
    }
}

// A database that can go and come back, on a node that its coordinator may refuse.
class UnfitNode : public testing::Test {
  protected:
    UnfitNode() {
        context_.connector = std::make_unique<test::FakeConnector>(cluster_);
        context_.settings.citus.database = "app";
        context_.server.socket_directory = kSocket.host;
        context_.server.port = kSocket.port;
        node_.extension = node_.available;
    }

    void set_database(bool is_there) {
        node_.databases = is_there ? std::set<std::string>{"app"} : std::set<std::string>{};
        watch_.probe(DatabaseWatch::Clock::now());
    }

    void set_refused(bool is_refused) {
        reporter_.report_unfit(
            UnfitSource::coordinator,
            is_refused ? status::Condition{status::ConditionKind::impostor} : status::Condition{});
    }

    // The conditions that PID 1 got since the last call, "" for none.
    std::vector<std::string> reported() {
        std::array<char, 4096> text{};
        const auto count = ::recv(parent_.get(), text.data(), text.size(), MSG_DONTWAIT);
        std::vector<std::string> codes;
        for (const auto& line :
             split({text.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))}, '\n')) {
            const auto report = status::parse_report(line);
            const auto* unfit = report ? std::get_if<status::UnfitReport>(&*report) : nullptr;
            if (unfit != nullptr) {
                codes.emplace_back(status::code_of(unfit->condition.kind));
            }
        }
        return codes;
    }

    const HostPort kSocket{"/run", 5432};
    test::FakeCluster cluster_;
    test::FakeNode& node_ = cluster_.add(kSocket);
    Fd parent_;
    AgentContext context_;
    Reporter reporter_{socket_to(parent_)};
    DatabaseWatch watch_{context_, reporter_};
};

TEST_F(UnfitNode, StaysSoWhileItIsRefusedWhateverItsDatabaseDoes) {
    using testing::ElementsAre;
    using testing::IsEmpty;
    set_database(true);
    set_refused(true);
    EXPECT_THAT(reported(), ElementsAre("impostor"));
    set_database(false);
    set_database(true);
    EXPECT_THAT(reported(), IsEmpty());
    set_database(false);
    set_refused(false);
    EXPECT_THAT(reported(), ElementsAre("database_gone"));
    set_database(true);
    EXPECT_THAT(reported(), ElementsAre(""));
}

TEST(MemberOwnConnection, IsOfALeaderAtItsRegisteredAddress) {
    ha::MemberSnapshot snapshot = ha::leader_snapshot();
    snapshot.cluster.emplace();
    snapshot.cluster->coordinator = ha::row_of(0, "c1");
    EXPECT_TRUE(has_own_connection(snapshot));
    snapshot.cluster->coordinator = ha::row_of(0, "c2");  // Patroni has not followed it yet
    EXPECT_FALSE(has_own_connection(snapshot));
    snapshot.group = 1;
    snapshot.cluster->workers = {ha::row_of(1, "c1")};
    EXPECT_TRUE(has_own_connection(snapshot));
    snapshot.facts->in_recovery = true;
    EXPECT_FALSE(has_own_connection(snapshot));
    snapshot.facts->in_recovery = false;
    snapshot.leads = false;
    EXPECT_FALSE(has_own_connection(snapshot));
    snapshot.leads = true;
    snapshot.cluster.reset();
    EXPECT_FALSE(has_own_connection(snapshot));
}

}  // namespace
}  // namespace citus_init::agent
