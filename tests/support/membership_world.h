#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/simulated_agent.h"
#include "support/simulated_cluster.h"

namespace citus_init::test {

inline HostPort named(const std::string& host) {
    return {host, 5432};
}

inline std::vector<std::string> actions_of(const citus::Plan& plan) {
    std::vector<std::string> actions;
    for (const auto& action : plan.actions) {
        EXPECT_NE(action.reason, "") << citus::action_name(action.kind);
        actions.push_back(std::string(citus::action_name(action.kind)) + " " + action.address.host);
    }
    return actions;
}

// A coordinator "c" with the workers w1 and w2.
class MembershipPlan : public ::testing::Test {
  protected:
    MembershipPlan() {
        agent.policy.coordinator = named("c");
        make("w1");
        make("w2");
    }

    SimulatedServer& make(const std::string& host, bool desired = true) {
        cluster.names[named(host)] = cluster.make_server();
        if (desired) {
            agent.desired.addresses.push_back(named(host));
        }
        return cluster.servers.back();
    }
    SimulatedServer& server(const std::string& host) {
        return cluster.servers[static_cast<std::size_t>(cluster.names.at(named(host)))];
    }
    const citus::RegisteredNode& row(const std::string& host) {
        return *cluster.row_at(named(host));
    }

    void settle() {
        for (int i = 0; i < 4; ++i) {
            agent.act(agent.probe());
        }
        ASSERT_EQ(cluster.cluster.workers.size(), 2U);
    }
    // Everybody is looked at.
    citus::Plan probe_all() {
        agent.now += std::chrono::seconds(61);
        return agent.probe();
    }
    // Looks, acts, and looks again a little more than two seconds later.
    citus::Plan probe_twice() {
        agent.act(probe_all());
        agent.now += std::chrono::milliseconds(2100);
        return agent.probe();
    }
    void move(const std::string& from, const std::string& to) {
        auto name = cluster.names.extract(named(from));
        name.key() = named(to);
        cluster.names.insert(std::move(name));
        std::erase(agent.desired.addresses, named(from));
        agent.desired.addresses.push_back(named(to));
    }

    static citus::NodeReport node(const citus::Plan& plan, const std::string& host) {
        for (const auto& report : plan.nodes) {
            if (report.address.host == host) {
                return report;
            }
        }
        ADD_FAILURE() << host << " is not in the plan";
        return {};
    }

    SimulatedCluster cluster;
    SimulatedAgent agent{cluster};
};

}  // namespace citus_init::test
