// What the logic of citus/ relies on in a session, held against the fake and, where the variables
// below name a server, against libpq. tests/citus/test_session_contract.py starts that server.
#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "citus_init/citus/node_facts.h"
#include "citus_init/citus/node_preparation.h"
#include "citus_init/libpq/connector.h"

#include "citus/statements.h"
#include "support/fake_session.h"

namespace citus_init {
namespace {

namespace statement = citus::statement;

// A server with nothing but what initdb made, a database "app", and Citus on its disk.
struct Server {
    std::unique_ptr<citus::Connector> connector;
    citus::ConnectionTarget target;
    std::function<void()> stop_answering;  // none: cannot be asked for
};

test::FakeCluster& fake_cluster() {
    static test::FakeCluster cluster;
    return cluster;
}

Server fake_server() {
    auto& node = fake_cluster().add({"/fake", 5432});
    citus::ConnectionTarget target;
    target.host = "/fake";
    target.database = "app";
    return {std::make_unique<test::FakeConnector>(fake_cluster()), target,
            [&node] { node.up = false; }};
}

std::optional<Server> real_server() {
    const char* directory = std::getenv("CITUS_INIT_TEST_SOCKET_DIRECTORY");
    const char* port = std::getenv("CITUS_INIT_TEST_PORT");
    if (directory == nullptr || port == nullptr) {
        return std::nullopt;
    }
    auto connector = libpq::load_connector();
    EXPECT_TRUE(connector);
    citus::ConnectionTarget target;
    target.host = directory;
    target.port = static_cast<std::uint16_t>(std::atoi(port));
    target.user = "postgres";
    target.database = "app";
    return Server{std::move(*connector), target, nullptr};
}

enum class Implementation { fake, libpq };

class SessionContract : public ::testing::TestWithParam<Implementation> {
  protected:
    void SetUp() override {
        if (GetParam() == Implementation::fake) {
            server = fake_server();
        } else if (auto real = real_server()) {
            server = std::move(*real);
        } else {
            GTEST_SKIP() << "no server: CITUS_INIT_TEST_SOCKET_DIRECTORY is not set";
        }
    }

    std::unique_ptr<citus::Session> session(const std::string& database = "app") {
        auto target = server.target;
        target.database = database;
        auto opened = server.connector->connect(target);
        EXPECT_TRUE(opened) << opened.error().text();
        return opened ? std::move(*opened) : nullptr;
    }

    Server server;
};

TEST_P(SessionContract, ADatabaseThatIsNotThereHasItsSqlstate) {
    auto target = server.target;
    target.database = "nowhere";
    const auto opened = server.connector->connect(target);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().sqlstate, "3D000");
}

TEST_P(SessionContract, ParametersAreValuesAndNoRowsAreEmpty) {
    const auto open = session();
    EXPECT_EQ(open->query(statement::kDatabaseExists, {"app"})->at(0, 0), "1");
    EXPECT_TRUE(open->query(statement::kDatabaseExists, {"' OR true --"})->empty());
}

TEST_P(SessionContract, ASecondDatabaseOfANameIsADuplicate) {
    const auto open = session("postgres");
    const std::string sql = statement::kCreateDatabase + citus::quote_identifier("contract");
    (void)open->query(sql);
    const auto again = open->query(sql);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().sqlstate, "42P04");
}

TEST_P(SessionContract, ASessionGoesOnAfterAnError) {
    const auto open = session();
    EXPECT_EQ(open->query("SELECT nonsense FROM nowhere", {"a"}).has_value(), false);
    EXPECT_TRUE(open->query("SELECT 1"));
}

TEST_P(SessionContract, FactsOfAServerWithoutTheExtension) {
    const auto facts = citus::read_server_facts(*session("postgres"));
    ASSERT_TRUE(facts) << facts.error().text();
    EXPECT_FALSE(facts->in_recovery);
    EXPECT_TRUE(facts->superuser);
    EXPECT_GE(facts->postgres_major(), 15);
    EXPECT_EQ(facts->encoding, "UTF8");
    EXPECT_TRUE(facts->citus_preloaded);
    EXPECT_TRUE(facts->available);
    EXPECT_FALSE(facts->system_identifier.empty());
}

TEST_P(SessionContract, APreparedNodeReportsWhoItIs) {
    citus::NodeSpec spec;
    spec.database = "app";
    spec.address = {"contract-coordinator", 5432};
    const auto first = citus::prepare_node(*server.connector, server.target, spec);
    ASSERT_TRUE(first) << first.error().message;
    const auto second = citus::prepare_node(*server.connector, server.target, spec);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_TRUE(second->changes.empty());
    EXPECT_EQ(second->membership->coordinator, "contract-coordinator:5432");
    EXPECT_EQ(second->membership->group_id, 0);
    EXPECT_EQ(second->membership->node_count, 1);
    EXPECT_EQ(second->membership->user_relations, 0);
    EXPECT_FALSE(second->membership->server_id.empty());
    const auto cluster = citus::read_cluster(*session());
    ASSERT_TRUE(cluster && cluster->coordinator);
    EXPECT_TRUE(cluster->coordinator->should_have_shards);
    EXPECT_TRUE(cluster->workers.empty());
}

TEST_P(SessionContract, ABrokenConnectionIs08006) {
    const auto open = session("postgres");
    if (server.stop_answering) {
        server.stop_answering();
    } else {
        (void)open->query("SELECT pg_terminate_backend(pg_backend_pid())");
    }
    const auto answer = open->query("SELECT 1");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().sqlstate, "08006");
}

INSTANTIATE_TEST_SUITE_P(All, SessionContract,
                         ::testing::Values(Implementation::fake, Implementation::libpq),
                         [](const auto& parameter) {
                             return parameter.param == Implementation::fake ? "Fake" : "Libpq";
                         });

// Only libpq's own: what the fake has no use for.
class PqSession : public ::testing::Test {
  protected:
    void SetUp() override {
        auto real = real_server();
        if (!real) {
            GTEST_SKIP() << "no server: CITUS_INIT_TEST_SOCKET_DIRECTORY is not set";
        }
        server = std::move(*real);
        auto opened = server.connector->connect(server.target);
        ASSERT_TRUE(opened) << opened.error().text();
        session = std::move(*opened);
    }

    Server server;
    std::unique_ptr<citus::Session> session;
};

TEST_F(PqSession, DistinguishesNullFromEmpty) {
    const auto rows = session->query("SELECT NULL, ''");
    ASSERT_TRUE(rows);
    EXPECT_TRUE(rows->is_null(0, 0));
    EXPECT_FALSE(rows->is_null(0, 1));
}

TEST_F(PqSession, KeepsDetailHintAndTheWarningBefore) {
    const auto failed = session->query(
        "DO $$ BEGIN RAISE WARNING SQLSTATE '42501' USING MESSAGE = 'the cause'; RAISE NOTICE "
        "'no'; "
        "RAISE EXCEPTION SQLSTATE 'XX000' USING MESSAGE = 'the failure', DETAIL = 'why', "
        "HINT = 'what to do'; END $$");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().sqlstate, "XX000");
    EXPECT_EQ(failed.error().message, "the failure\nDETAIL: why\nHINT: what to do");
    EXPECT_EQ(failed.error().last_warning, "the cause");
    EXPECT_EQ(failed.error().last_warning_sqlstate, "42501");
    const auto next = session->query("SELECT 1/0");
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().last_warning, "");
}

TEST_F(PqSession, GivesUpAStatementAtItsDeadline) {
    auto impatient = server.target;
    impatient.statement_deadline = std::chrono::milliseconds(200);
    impatient.application_name = "deadline test";
    auto opened = server.connector->connect(impatient);
    ASSERT_TRUE(opened);
    const auto late = (*opened)->query("SELECT pg_sleep(60)");
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().sqlstate, "08006");
    EXPECT_FALSE((*opened)->query("SELECT 1"));
    // It was cancelled over there too: the backend goes away long before the minute is over.
    const auto gone = session->query(
        "DO $$ BEGIN FOR i IN 1..1000 LOOP PERFORM pg_stat_clear_snapshot(); IF NOT EXISTS (SELECT "
        "FROM pg_stat_activity WHERE application_name = 'deadline test') THEN RETURN; END IF; "
        "PERFORM pg_sleep(0.01); END LOOP; RAISE EXCEPTION 'still there'; END $$");
    EXPECT_TRUE(gone) << gone.error().text();
}

// As the hold of a worker's traffic does beside everything else.
TEST_F(PqSession, IsOpenedBySeveralThreadsAtOnce) {
    std::atomic<int> answers{0};
    {
        std::vector<std::jthread> threads;
        for (int number = 0; number < 4; ++number) {
            threads.emplace_back([this, &answers] {
                for (int i = 0; i < 5; ++i) {
                    const auto opened = server.connector->connect(server.target);
                    answers += opened && (*opened)->query("SELECT 1") ? 1 : 0;
                }
            });
        }
    }
    EXPECT_EQ(answers, 20);
}

// Each as bad as the owner of a database can set it. Asked twice, since the settings that not every
// release has are set by a statement the first time, and at the start once its version is known.
TEST_F(PqSession, IsNotCutShortByWhatTheOwnerOfADatabaseSets) {
    ASSERT_TRUE(session->query("CREATE DATABASE limited"));
    ASSERT_TRUE(
        session->query("DO $$ DECLARE each record; BEGIN FOR each IN SELECT * FROM (VALUES "
                       "('transaction_timeout', '1'), ('statement_timeout', '1'), "
                       "('idle_session_timeout', '1'), ('exit_on_error', 'on'), "
                       "('restrict_nonsystem_relation_kind', 'view')) _(name, value) "
                       "WHERE current_setting(name, true) IS NOT NULL "
                       "LOOP EXECUTE format('ALTER DATABASE limited SET %I = %L', each.name, "
                       "each.value); END LOOP; END $$"));
    auto target = server.target;
    target.database = "limited";
    auto connector = libpq::load_connector();
    ASSERT_TRUE(connector);
    for (const char* connection : {"first", "second"}) {
        auto opened = (*connector)->connect(target);
        ASSERT_TRUE(opened) << connection << ": " << opened.error().text();
        EXPECT_FALSE((*opened)->query("SELECT nonsense FROM nowhere"));
        const auto slept = (*opened)->query("SELECT pg_sleep(0.05)");
        EXPECT_TRUE(slept) << connection << ": " << slept.error().text();
        const auto view = (*opened)->query("SELECT count(*) FROM information_schema.tables");
        EXPECT_TRUE(view) << connection << ": " << view.error().text();
    }
}

}  // namespace
}  // namespace citus_init
