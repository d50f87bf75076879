#pragma once

#include <chrono>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "citus_init/citus/membership/reconciler.h"

#include "support/fake_session.h"

namespace citus_init::test {

using citus::DesiredWorkers;
using citus::PassReport;
using citus::Reconciler;
using citus::ReconcilerSettings;
using citus::TimePoint;
using std::chrono::milliseconds;

inline const HostPort kCoordinator{"c", 5432};
inline const HostPort kFirst{"w1", 5432};
inline const HostPort kSecond{"w2", 5432};

// A prepared coordinator and a clock of its own.
struct ReconcilerWorld {
    ReconcilerWorld() : ReconcilerWorld(std::vector{kFirst, kSecond}) {}
    explicit ReconcilerWorld(std::vector<HostPort> wanted) : desired{std::move(wanted), true} {
        coordinator.create_extension();
        RegisteredNode own;
        own.node_id = 1000;
        own.address = kCoordinator;
        own.has_metadata = own.active = own.metadata_synced = true;
        coordinator.rows.push_back(own);
    }

    static ReconcilerSettings default_settings() {
        ReconcilerSettings settings;
        settings.coordinator = kCoordinator;
        settings.worker_target.database = "app";
        settings.note_joins = true;
        return settings;
    }

    // Of this very object, which stays where it is.
    ReconcilerSettings own_settings() {
        ReconcilerSettings settings = default_settings();
        settings.reason_against = [this](citus::Session& /*coordinator*/,
                                         citus::Session& /*newcomer*/) { return reason; };
        return settings;
    }

    FakeNode& worker(const HostPort& address) {
        auto& node = cluster.add(address);
        node.create_extension();
        return node;
    }

    PassReport pass() {
        FakeSession session(cluster, cluster.find(kCoordinator));
        const auto report = reconciler.pass(session, desired, now);
        EXPECT_TRUE(report) << report.error().text();
        return report ? *report : PassReport{};
    }
    PassReport pass_after(milliseconds pause) {
        now += pause;
        return pass();
    }

    DesiredWorkers desired;
    FakeCluster cluster;
    FakeConnector connector{cluster};
    FakeNode& coordinator = cluster.add(kCoordinator);
    std::string reason;  // that stands against every newcomer
    Reconciler reconciler{connector, own_settings(), [] { return 0.0; }};
    TimePoint now = TimePoint{} + std::chrono::hours(1);
};

}  // namespace citus_init::test
