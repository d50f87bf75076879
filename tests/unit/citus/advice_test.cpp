// What a refusal advises, where rows lie.
#include <algorithm>
#include <cctype>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/candidate_facts.h"

namespace citus_init::citus {
namespace {

const HostPort kAdvisedCoordinator{"c", 5432};
const HostPort kWorker{"w", 5432};

// Every refusal that there is, with rows in the directory: none may advise what would lose them,
// and each says what lies there.
struct AdviceCase {
    const char* what;
    NodeClass node_class;
    const char* says;
    std::function<void(Cluster&, std::vector<NodeRecord>&, CandidateFacts&)> make;
};

void member_of(CandidateFacts& candidate, int group, const char* coordinator) {
    candidate.membership->group_id = group;
    candidate.membership->node_count = 2;
    candidate.membership->coordinator = coordinator;
}

NodeRecord recorded(int group, const Identity& identity) {
    return {group, group, {"whatever", 5432}, identity};
}

// A row for w3 at an address, and a record of who it is.
void place(Cluster& cluster, std::vector<NodeRecord>& records, const HostPort& address,
           const Identity& identity) {
    cluster.workers.push_back(row(3, address));
    records.push_back(recorded(3, identity));
}

using Records = std::vector<NodeRecord>;
const Identity kAnother{"another", "id-another"};
const HostPort kThird{"w3", 5432};

void foreign_member(Cluster& /*unused*/, Records& /*unused*/, CandidateFacts& candidate) {
    member_of(candidate, 3, "other:5432");
}
void namesake(Cluster& /*unused*/, Records& /*unused*/, CandidateFacts& candidate) {
    member_of(candidate, 3, "c:5432");
}
void namesake_in_a_place(Cluster& cluster, Records& records, CandidateFacts& candidate) {
    member_of(candidate, 3, "c:5432");
    place(cluster, records, kWorker, kAnother);
}
void newer_member(Cluster& cluster, Records& records, CandidateFacts& candidate) {
    member_of(candidate, 4, "c:5432");
    place(cluster, records, kThird, kAnother);
}
void removed(Cluster& /*unused*/, Records& records, CandidateFacts& candidate) {
    member_of(candidate, 3, "c:5432");
    records.push_back(recorded(3, identity_of(candidate)));
}
void older_copy(Cluster& cluster, Records& records, CandidateFacts& candidate) {
    member_of(candidate, 2, "c:5432");
    place(cluster, records, kThird, identity_of(candidate));
}
void copy_from_before(Cluster& cluster, Records& records, CandidateFacts& candidate) {
    candidate.membership->user_relations = 0;
    place(cluster, records, kThird, identity_of(candidate));
}
void coordinator(Cluster& /*unused*/, Records& /*unused*/, CandidateFacts& candidate) {
    member_of(candidate, 0, "w:5432");
}
void only_shards(Cluster& /*unused*/, Records& /*unused*/, CandidateFacts& /*unused*/) {}
void itself(Cluster& /*unused*/, Records& /*unused*/, CandidateFacts& candidate) {
    candidate = facts_of("coordinator");
}
void clone(Cluster& /*unused*/, Records& /*unused*/, CandidateFacts& candidate) {
    candidate = facts_of("coordinator");
    candidate.server.system_identifier = "another";
}
void wiped(Cluster& cluster, Records& records, CandidateFacts& /*unused*/) {
    place(cluster, records, kWorker, kAnother);
}

std::string name_of(const ::testing::TestParamInfo<AdviceCase>& tested) {
    std::string name = tested.param.what;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
    return name;
}

class Advice : public ::testing::TestWithParam<AdviceCase> {};

TEST_P(Advice, NeverCostsWhatLiesThere) {
    Cluster cluster;
    cluster.coordinator = row(0, kAdvisedCoordinator);
    std::vector<NodeRecord> records;
    CandidateFacts candidate = facts_of("worker");
    candidate.membership->user_relations = 8;
    candidate.membership->stored = {8, {"orders", "lines"}, 0};
    GetParam().make(cluster, records, candidate);
    const CoordinatorView view(facts_of("coordinator"), cluster, records, {{3, {8, 2}}});
    const auto found = classify(candidate, kWorker, view);
    EXPECT_EQ(found.node_class, GetParam().node_class) << node_class_name(found.node_class);
    EXPECT_NE(found.reason.find(GetParam().says), std::string::npos) << found.reason;
    for (const char* costly : {"empty data directory", "mpty it", "mpty the", "has been removed"}) {
        EXPECT_EQ(found.reason.find(costly), std::string::npos) << found.reason;
    }
}

constexpr const char* kWhatLiesThere = "8 shards of the tables orders, lines";

INSTANTIATE_TEST_SUITE_P(
    Refusals, Advice,
    ::testing::Values(
        AdviceCase{"another cluster's worker", NodeClass::foreign, kWhatLiesThere, foreign_member},
        AdviceCase{"the same with the same names", NodeClass::foreign, kWhatLiesThere, namesake},
        AdviceCase{"in a registered place", NodeClass::wiped, kWhatLiesThere, namesake_in_a_place},
        AdviceCase{"newer than a restored coordinator", NodeClass::foreign,
                   "this coordinator's data is older", newer_member},
        AdviceCase{"removed by hand", NodeClass::zombie, kWhatLiesThere, removed},
        AdviceCase{"an older copy", NodeClass::duplicate, "an older copy of its data", older_copy},
        AdviceCase{"a copy from before it joined", NodeClass::duplicate,
                   "an older copy of its data", copy_from_before},
        AdviceCase{"a coordinator", NodeClass::foreign, kWhatLiesThere, coordinator},
        AdviceCase{"shards without metadata", NodeClass::dirty, kWhatLiesThere, only_shards},
        AdviceCase{"this coordinator", NodeClass::self, "Take it out of CITUS_WORKERS", itself},
        AdviceCase{"a copy of it", NodeClass::clone, "holds a copy of this coordinator's", clone},
        AdviceCase{"a wiped member", NodeClass::wiped, "at stake: 8 shards of 2 tables", wiped}),
    name_of);

}  // namespace
}  // namespace citus_init::citus
