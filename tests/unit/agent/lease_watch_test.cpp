#include "agent/member/lease_watch.h"

#include <gtest/gtest.h>

namespace citus_init::agent {
namespace {

using ha::Lease;
using std::chrono::seconds;

const Lease kSettings{seconds(20), seconds(5), seconds(5)};
const Lease kChanged{seconds(60), seconds(10), seconds(10)};

// A manager that goes by `lease`, and counts who asks for it.
class CountingMonitor final : public ha::MemberMonitor {
  public:
    ha::Lease configured_lease() const override { return kSettings; }
    std::optional<ha::Lease> read_lease() override {
        ++questions;
        return lease;
    }

    std::optional<ha::MemberStatus> status() override { return std::nullopt; }
    std::string liveness_trouble() override { return ""; }
    ha::MemberSnapshot probe(std::optional<ha::MemberStatus> /*status*/,
                             const Lease& /*lease*/) override {
        return {};
    }
    ha::GroupAnswer group() override { return std::nullopt; }
    ha::GroupAnswer group_at(const std::string& /*host*/) override { return std::nullopt; }
    ha::GroupAnswer group_of(const ha::GroupMember& /*member*/) override { return std::nullopt; }
    std::map<int, ha::StoredGroup> stored_groups() override { return {}; }
    std::optional<ha::Finding> probe_store(const ha::MemberSnapshot& /*snapshot*/) override {
        return std::nullopt;
    }
    ha::Assessment assess(const ha::MemberSnapshot& /*snapshot*/) const override { return {}; }
    std::vector<ha::Finding> findings_of(const ha::MemberSnapshot& /*snapshot*/) const override {
        return {};
    }
    [[nodiscard]] Status watch(Watcher /*watcher*/) override { return {}; }
    std::optional<ha::MemberStatus> last_status() override { return std::nullopt; }
    void reconcile_configuration(
        const std::function<void(const std::string&)>& /*warning*/) override {}

    std::optional<Lease> lease = kSettings;
    int questions = 0;
};

class LeaseWatchTest : public testing::Test {
  protected:
    // Of a member, for so many seconds in passes ten seconds apart.
    int questions_in(int seconds_passed, const ha::MemberSnapshot& snapshot) {
        const int before = monitor_.questions;
        for (int i = 0; i < seconds_passed; i += 10) {
            watch_.pass(snapshot, now_);
            now_ += seconds(10);
        }
        return monitor_.questions - before;
    }

    static ha::MemberSnapshot leader(std::optional<Lease> stored) {
        ha::MemberSnapshot snapshot;
        snapshot.leads = true;
        if (stored) {
            snapshot.stored.emplace().lease = *stored;
        }
        return snapshot;
    }

    CountingMonitor monitor_;
    Reporter reporter_{Fd{}};
    LeaseWatch watch_{monitor_, reporter_};
    LeaseWatch::Clock::time_point now_ = LeaseWatch::Clock::now();
};

TEST_F(LeaseWatchTest, AsksOnceWhereTheStoreHasTheSame) {
    EXPECT_EQ(questions_in(600, leader(kSettings)), 1);
}

TEST_F(LeaseWatchTest, AsksUntilTheManagerGoesByWhatTheStoreHas) {
    questions_in(60, leader(kSettings));
    EXPECT_EQ(questions_in(60, leader(kChanged)), 3);
    EXPECT_EQ(watch_.lease(), kSettings);
    monitor_.lease = kChanged;
    EXPECT_EQ(questions_in(60, leader(kChanged)), 1);
    EXPECT_EQ(watch_.lease(), kChanged);
}

TEST_F(LeaseWatchTest, AsksALeaderWithoutTheStoreOftenAndAReplicaEachMinute) {
    EXPECT_EQ(questions_in(120, leader(std::nullopt)), 6);
    EXPECT_EQ(questions_in(120, ha::MemberSnapshot{}), 2);
}

TEST_F(LeaseWatchTest, KeepsTheLeaseThatItKnowsWhereThereIsNoAnswer) {
    monitor_.lease.reset();
    EXPECT_EQ(questions_in(30, ha::MemberSnapshot{}), 3);
    EXPECT_EQ(watch_.lease(), kSettings);
}

}  // namespace
}  // namespace citus_init::agent
