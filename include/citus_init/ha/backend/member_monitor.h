#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/ha/backend/member_snapshot.h"
#include "citus_init/ha/finding.h"
#include "citus_init/ha/lease.h"
#include "citus_init/ha/pulse.h"
#include "citus_init/status/node_status.h"

namespace citus_init::ha {

// What follows from a snapshot of a member.
struct Assessment {
    status::Condition readiness;  // what clients of the member wait for; none: they can use it
    status::GroupStatus group;    // what the member is in its group
    std::string handover;         // why its group's leader cannot hand over now, "" = it can
};

// A group as one of its members answers; none: it does not reach the configuration store.
using GroupAnswer = Result<std::optional<GroupView>>;

// The part of the port (backend.h) that blocks on a network: for the agent of a member and for
// the verbs. For one thread, but for what is said of watch(). A request to the own manager blocks
// for 2 s at most, to another member likewise; errors are `unavailable` with the reason, never with
// a secret, where nobody answered.
class MemberMonitor {
  public:
    MemberMonitor() = default;
    MemberMonitor(const MemberMonitor&) = delete;
    MemberMonitor& operator=(const MemberMonitor&) = delete;
    virtual ~MemberMonitor();

    // --- Probe ---

    // What the manager reports now; none: it does not.
    virtual std::optional<MemberStatus> status() = 0;
    // Why the manager is considered hung, "" = it is not: it answers, or may stand still.
    virtual std::string liveness_trouble() = 0;
    // All of a snapshot that the manager and the DCS know. `status`: its last one; `lease`: the one
    // that applies.
    virtual MemberSnapshot probe(std::optional<MemberStatus> status, const Lease& lease) = 0;
    // The lease that the settings ask for, and the one that the DCS has, which watch() goes by from
    // then on; none: it cannot be read.
    virtual Lease configured_lease() const = 0;
    virtual std::optional<Lease> read_lease() = 0;

    // The own group; the group of the member at `host`; the same of one that a view lists.
    virtual GroupAnswer group() = 0;
    virtual GroupAnswer group_at(const std::string& host) = 0;
    virtual GroupAnswer group_of(const GroupMember& member) = 0;
    // Every group of the cluster, by number, from the DCS; empty where it cannot be read. Blocks
    // for 4 s for each server of it that does not answer.
    virtual std::map<int, StoredGroup> stored_groups() = 0;
    // Whether the DCS still takes this member's login, and if it is not reached, why. Asks the DCS
    // where it is time to, and blocks as stored_groups().
    virtual std::optional<Finding> probe_store(const MemberSnapshot& snapshot) = 0;

    // --- Assess: pure ---

    virtual Assessment assess(const MemberSnapshot& snapshot) const = 0;
    // What the manager does not resolve by itself. One that is found during a failover is none yet.
    virtual std::vector<Finding> findings_of(const MemberSnapshot& snapshot) const = 0;

    // --- Watch ---

    struct Watcher {
        std::function<void(const Pulse&)> pulse;  // about each question_interval_of()
        std::function<void()> change;             // of the role, the state or the pause
    };
    // Probes the manager until this object ends, on threads of its own, which call `watcher`. Once
    // at most.
    [[nodiscard]] virtual Status watch(Watcher watcher) = 0;
    // As of the last probe of watch() that the manager answered; none: there was none.
    virtual std::optional<MemberStatus> last_status() = 0;

    // --- Change ---

    // Of a group's leader: compares the configuration in the DCS with this member's settings, and
    // reports or applies what differs, each difference once (CITUS_RECONCILE_DCS_CONFIG).
    virtual void reconcile_configuration(
        const std::function<void(const std::string&)>& warning) = 0;
};

}  // namespace citus_init::ha
