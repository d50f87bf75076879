#include "citus_init/citus/membership/candidate.h"

#include <gtest/gtest.h>

#include "support/candidate_facts.h"

namespace citus_init::citus {
namespace {

const HostPort kCandidatesCoordinator{"c", 5432};
const HostPort kCandidate{"w", 5432};

class Classify : public ::testing::Test {
  protected:
    Classify() { cluster.coordinator = row(0, kCandidatesCoordinator); }

    void become_member(int group, const HostPort& of) {
        candidate.membership->group_id = group;
        candidate.membership->node_count = 2;
        candidate.membership->coordinator = of.text();
    }

    // The coordinator knows who the node of a row is.
    void record(int group, const std::string& of) {
        NodeRecord known;
        known.node_id = known.group_id = group;
        known.address.host = "whatever";
        known.identity = identity_of(facts_of(of));
        records.push_back(std::move(known));
    }

    Classification classification() const {
        CoordinatorView view(own, cluster, records, {{3, {8, 2}}});
        for (const auto& [address, identity] : answers) {
            view.add_answer(address, identity);
        }
        return classify(candidate, kCandidate, view);
    }
    NodeClass node_class() const { return classification().node_class; }
    std::string reason() const { return classification().reason; }

    const CandidateFacts own = facts_of("coordinator");
    Cluster cluster;
    std::vector<NodeRecord> records;
    std::vector<std::pair<HostPort, Identity>> answers;
    CandidateFacts candidate = facts_of("worker");
};

TEST_F(Classify, AnEmptyNodeWithoutClusterIsFresh) {
    EXPECT_EQ(node_class(), NodeClass::fresh);
    EXPECT_EQ(reason(), "");
}

TEST_F(Classify, TheSqlPatchOfTheVersionMayDiffer) {
    candidate.server.extension->sql_patch = 7;
    EXPECT_EQ(node_class(), NodeClass::fresh);
}

TEST_F(Classify, AnythingOfAUserMakesItDirty) {
    candidate.membership->user_relations = 1;
    EXPECT_EQ(node_class(), NodeClass::dirty);
    candidate.membership->user_relations = 0;
    candidate.membership->distributed_tables = 1;
    EXPECT_EQ(node_class(), NodeClass::dirty);
}

TEST_F(Classify, WhatCannotBeANodeIsNotReady) {
    const auto original = candidate;
    candidate.server.extension.reset();
    candidate.membership.reset();
    EXPECT_EQ(node_class(), NodeClass::not_ready);
    candidate = original;
    candidate.server.superuser = false;
    EXPECT_EQ(node_class(), NodeClass::not_ready);
    candidate = original;
    candidate.server.extension = parse_extension_version("12.1-1");
    EXPECT_EQ(node_class(), NodeClass::not_ready);
    EXPECT_NE(reason().find("has Citus 12.1-1, the coordinator 13.2-1"), std::string::npos);
    candidate = original;
    candidate.membership->upgrade_is_unfinished = true;
    EXPECT_EQ(node_class(), NodeClass::not_ready);
    EXPECT_NE(reason().find("citus_finish_pg_upgrade() was not called"), std::string::npos);
    candidate = original;
    candidate.server.encoding = "SQL_ASCII";
    EXPECT_EQ(node_class(), NodeClass::not_ready);
    candidate = original;
    candidate.server.version_number = 160004;
    EXPECT_EQ(node_class(), NodeClass::not_ready);
    EXPECT_NE(reason().find("runs PostgreSQL 16, the coordinator 15"), std::string::npos);
    candidate = original;
    candidate.server.in_recovery = true;
    EXPECT_EQ(node_class(), NodeClass::unreachable);
}

// Its own queries, and those of others over several of its shards, fail.
TEST_F(Classify, ALibraryThatIsNewerThanTheExtensionIsNotReady) {
    cluster.workers.push_back(row(3, kCandidate));
    become_member(3, kCandidatesCoordinator);
    candidate.server.library_version = "13.2.9";
    candidate.server.version_number = 160004;
    EXPECT_EQ(node_class(), NodeClass::member);
    candidate.server.library_version = "14.0.1";
    EXPECT_EQ(node_class(), NodeClass::not_ready);
    EXPECT_NE(reason().find("library of Citus 14.0.1 with the extension at 13.2-1"),
              std::string::npos);
    EXPECT_NE(reason().find("CITUS_AUTO_UPGRADE=major"), std::string::npos);
    candidate.server.library_version = "13.3.0";
    EXPECT_NE(reason().find("CITUS_AUTO_UPGRADE=minor"), std::string::npos);
}

TEST_F(Classify, AMemberOfAnotherReleaseSaysWhatWaits) {
    cluster.workers.push_back(row(3, kCandidate));
    become_member(3, kCandidatesCoordinator);
    candidate.server.extension = parse_extension_version("14.0-1");
    EXPECT_NE(reason().find("Start the coordinator with the image of Citus 14.0-1 and "
                            "CITUS_AUTO_UPGRADE=major"),
              std::string::npos);
    candidate.server.extension = parse_extension_version("13.1-1");
    EXPECT_NE(reason().find("Start this worker with the image of Citus 13.2-1"), std::string::npos);
    EXPECT_EQ(reason().find("CITUS_AUTO_UPGRADE"), std::string::npos);
}

TEST_F(Classify, TheCoordinatorItselfIsTold) {
    candidate = own;
    EXPECT_EQ(node_class(), NodeClass::self);
    candidate.server.system_identifier = "another";
    EXPECT_EQ(node_class(), NodeClass::clone);
}

TEST_F(Classify, AMemberKnowsItsGroupAndItsCoordinator) {
    cluster.workers.push_back(row(3, kCandidate));
    become_member(3, kCandidatesCoordinator);
    EXPECT_EQ(node_class(), NodeClass::member);
    EXPECT_EQ(reason(), "");
}

TEST_F(Classify, ADisabledMemberIsSpokenOf) {
    cluster.workers.push_back(row(3, kCandidate));
    cluster.workers.back().active = false;
    become_member(3, kCandidatesCoordinator);
    EXPECT_EQ(node_class(), NodeClass::member);
    EXPECT_NE(reason(), "");
}

TEST_F(Classify, ARegisteredNodeThatKnowsNothingWasWiped) {
    cluster.workers.push_back(row(3, kCandidate));
    EXPECT_EQ(node_class(), NodeClass::wiped);
    become_member(4, kCandidatesCoordinator);
    EXPECT_EQ(node_class(), NodeClass::wiped);
    candidate.server.extension.reset();
    candidate.membership.reset();
    EXPECT_EQ(node_class(), NodeClass::wiped);
}

TEST_F(Classify, AMemberOfAnotherClusterIsForeignRegisteredOrNot) {
    become_member(3, {"other", 5432});
    EXPECT_EQ(node_class(), NodeClass::foreign);
    EXPECT_NE(reason().find("other:5432"), std::string::npos);
    cluster.workers.push_back(row(3, kCandidate));
    EXPECT_EQ(node_class(), NodeClass::foreign);
}

TEST_F(Classify, AnotherCoordinatorIsForeign) {
    become_member(0, kCandidate);
    EXPECT_EQ(node_class(), NodeClass::foreign);
}

TEST_F(Classify, AMemberUnderAnotherAddressIsNotTakenForANewOne) {
    become_member(3, kCandidatesCoordinator);
    EXPECT_EQ(node_class(), NodeClass::foreign);
    EXPECT_NE(reason().find("has no record of such a server"), std::string::npos);
    cluster.workers.push_back(row(3, {"old", 5432}));
    EXPECT_EQ(node_class(), NodeClass::moved);
    EXPECT_NE(reason().find("never recorded"), std::string::npos);
    record(3, "worker");
    EXPECT_EQ(node_class(), NodeClass::moved);
    EXPECT_EQ(reason(), "is the worker registered as old:5432");
    answers.push_back({{"old", 5432}, identity_of(candidate)});
    EXPECT_EQ(node_class(), NodeClass::duplicate);
    EXPECT_NE(reason().find("old:5432"), std::string::npos);
}

TEST_F(Classify, AnImpostorOfARecordedNodeIsNotThatNode) {
    cluster.workers.push_back(row(3, {"old", 5432}));
    record(3, "another");
    become_member(3, kCandidatesCoordinator);
    EXPECT_EQ(node_class(), NodeClass::foreign);
}

TEST_F(Classify, ARegisteredAddressWithAnotherIdentityWasWiped) {
    cluster.workers.push_back(row(3, kCandidate));
    record(3, "another");
    become_member(3, kCandidatesCoordinator);
    EXPECT_EQ(node_class(), NodeClass::wiped);
    EXPECT_NE(reason().find("at stake: 8 shards of 2 tables"), std::string::npos);
}

TEST_F(Classify, APgUpgradeKeepsTheNode) {
    cluster.workers.push_back(row(3, kCandidate));
    record(3, "worker");
    become_member(3, kCandidatesCoordinator);
    candidate.server.system_identifier = "made by another initdb";
    EXPECT_EQ(node_class(), NodeClass::member);
}

TEST_F(Classify, SwappedAddressesAreTold) {
    cluster.workers.push_back(row(3, kCandidate));
    cluster.workers.push_back(row(4, {"other", 5432}));
    record(3, "another");
    record(4, "worker");
    become_member(4, kCandidatesCoordinator);
    EXPECT_EQ(node_class(), NodeClass::moved);
    EXPECT_NE(reason().find("were swapped"), std::string::npos);
    EXPECT_NE(reason().find("citus_update_node(4, 'w', 5432)"), std::string::npos);
}

TEST_F(Classify, AnEmptyCopyOfARegisteredNodeIsADuplicate) {
    cluster.workers.push_back(row(3, {"old", 5432}));
    record(3, "worker");
    EXPECT_EQ(node_class(), NodeClass::duplicate);
    EXPECT_NE(reason().find("older copy"), std::string::npos);
    records.clear();
    EXPECT_EQ(node_class(), NodeClass::fresh);
    answers.push_back({{"old", 5432}, identity_of(candidate)});
    EXPECT_EQ(node_class(), NodeClass::duplicate);
}

TEST_F(Classify, WhoLeftCleanlyMayComeBack) {
    record(3, "worker");  // its row is gone
    EXPECT_EQ(node_class(), NodeClass::fresh);
}

TEST_F(Classify, ARecordOfARemovedNodeLeavesAZombie) {
    record(3, "worker");
    become_member(3, kCandidatesCoordinator);
    EXPECT_EQ(node_class(), NodeClass::zombie);
}

TEST_F(Classify, OnlyWhoHoldsNothingMayBeEmptied) {
    record(3, "worker");
    become_member(3, kCandidatesCoordinator);
    candidate.membership->distributed_tables = candidate.membership->user_relations = 2;  // shells
    EXPECT_NE(reason().find("a new data directory (a new volume)"), std::string::npos);
    candidate.membership->stored.others = 1;
    EXPECT_EQ(reason().find("empty"), std::string::npos);
}

TEST(ClassifyUnreachable, SaysWhatToSet) {
    const auto reason = [](const char* sqlstate, const char* message) {
        const auto found = classify_unreachable(SqlError{sqlstate, message, "", ""});
        EXPECT_EQ(found.node_class, NodeClass::unreachable);
        return found.reason;
    };
    EXPECT_NE(reason("3D000", "x").find("CITUS_DATABASE"), std::string::npos);
    EXPECT_NE(reason("28P01", "x").find("POSTGRES_PASSWORD"), std::string::npos);
    EXPECT_NE(reason("08006", "fe_sendauth: no password supplied").find("POSTGRES_PASSWORD"),
              std::string::npos);
    EXPECT_NE(reason("28000", "x").find("pg_hba.conf"), std::string::npos);
    EXPECT_NE(reason("08006", "server does not support SSL, but SSL was required")
                  .find("CITUS_ENABLE=true"),
              std::string::npos);
    for (const char* message : {"connection to server failed: SSL error: certificate verify failed",
                                "SSL error: tlsv1 alert unknown ca"}) {
        EXPECT_NE(reason("08006", message).find("CITUS_CLUSTER_SECRET"), std::string::npos);
    }
    EXPECT_NE(reason("08006", "server certificate for \"a\" does not match host name \"b\"")
                  .find("CITUS_NODE_HOST"),
              std::string::npos);
    for (const auto& [message, advice] :
         {std::pair{"could not translate host name \"w\" to address", "resolves on every node"},
          {"connection to server at \"w\" failed: Connection refused", "Start the worker"},
          {"connection to \"w\" port 5432 was not established within 3000 ms", "firewall"},
          {"could not connect: No route to host", "firewall"}}) {
        EXPECT_NE(reason("08006", message).find(advice), std::string::npos) << message;
    }
    EXPECT_NE(reason("57P03", "the database system is starting up").find("tried again"),
              std::string::npos);
    EXPECT_EQ(reason("08006", "refused"),
              "refused (SQLSTATE 08006). See the worker's log and `citus-init health` there");
}

}  // namespace
}  // namespace citus_init::citus
