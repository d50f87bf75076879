#include "citus_init/citus/own_connection.h"

#include <gtest/gtest.h>

namespace citus_init::citus {
namespace {

struct RemedyCase {
    const char* cause;
    bool has_certificates;
    const char* fix;  // a part of it
};

class OwnConnectionRemedy : public ::testing::TestWithParam<RemedyCase> {};

TEST_P(OwnConnectionRemedy, FitsTheCauseAndTheWayThatNodesLogIn) {
    const RemedyCase& row = GetParam();
    const std::string text = to_string({{"c", 5433}, "postgres", row.cause, row.has_certificates});
    EXPECT_EQ(text.find("Citus cannot connect to its own node at c:5433 as \"postgres\": "), 0U);
    EXPECT_NE(text.find(row.cause), std::string::npos) << text;
    EXPECT_NE(text.find(row.fix), std::string::npos) << text;
    EXPECT_EQ(text.find('{'), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Causes, OwnConnectionRemedy,
    ::testing::Values(
        RemedyCase{"FATAL:  password authentication failed for user \"postgres\"", false,
                   "Set POSTGRES_PASSWORD"},
        RemedyCase{"fe_sendauth: no password supplied", false, "Set POSTGRES_PASSWORD"},
        RemedyCase{"fe_sendauth: no password supplied", true, "CITUS_NODE_NETWORKS"},
        RemedyCase{"FATAL:  no pg_hba.conf entry for host \"10.0.0.2\"", false,
                   "take \"postgres\" from this node's own address"},
        RemedyCase{"FATAL:  pg_hba.conf rejects connection for host \"10.0.0.2\"", true,
                   "Remove the line of CITUS_PG_HBA"},
        RemedyCase{"FATAL:  Ident authentication failed for user \"postgres\"", false,
                   "take \"postgres\" from this node's own address"},
        RemedyCase{"server does not support SSL, but SSL was required", false, "Switch ssl on"},
        RemedyCase{"SSL error: certificate verify failed", true, "issued for c:5433"},
        RemedyCase{"server certificate for \"x\" does not match host name \"c\"", true,
                   "issued for c:5433"},
        RemedyCase{"FATAL:  connection requires a valid client certificate", true,
                   "citus.node_conninfo"},
        RemedyCase{"could not translate host name \"c\" to address: Name or service not known",
                   true, "Set CITUS_NODE_HOST"},
        RemedyCase{"FATAL:  sorry, too many clients already", false, "Raise max_connections"},
        RemedyCase{"connection to server at \"c\", port 5433 failed: Connection refused", false,
                   "listen_addresses"},
        // In another language nothing is known but that it failed.
        RemedyCase{"Verbindungsaufbau abgelehnt", false, "listen_addresses"}));

TEST(OwnConnection, IsOneLineWithoutACauseToo) {
    const std::string text = to_string({{"c", 5432}, "postgres", "", false});
    EXPECT_NE(text.find("as \"postgres\". Until then VACUUM"), std::string::npos) << text;
    EXPECT_EQ(to_string({{"c", 5432}, "postgres", "one\ntwo", false}).find('\n'),
              std::string::npos);
}

}  // namespace
}  // namespace citus_init::citus
