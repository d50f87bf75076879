#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "citus_init/citus/membership/plan.h"

#include "citus/membership/assessor.h"
#include "citus/membership/obstacles.h"

namespace citus_init::citus {

// The course of one plan(): lists the workers, assesses each, then decides about all of them.
class Planner {
  public:
    Planner(const DesiredWorkers& desired, const Actual& actual, const Memory& memory,
            TimePoint now, const MembershipPolicy& policy);
    Plan run() &&;

  private:
    void list_subjects(const Memory& memory);
    void add_subject(const HostPort& address, bool desired, const Memory& memory);
    void stand_by();
    void assess_all();
    void want(const HostPort& address);
    // A coordinator that knows no worker, while a worker knows a cluster: adding, or even naming,
    // anything would make the workers' copies of the metadata, the only ones left, worthless.
    bool stop_if_metadata_is_lost();
    void decide();
    Action& act(ActionKind kind, const Subject& subject, const RegisteredNode& row,
                std::string reason);
    void follow_moved();
    void refuse_double(Subject& subject, const HostPort& first);
    bool on_hold(const NodeMemory& memory) const;
    // What all active workers are needed for, and what stands in its way: "" = nothing. None: they
    // have to be probed first.
    std::optional<std::string> obstacle(bool unsynced_too);
    void set_coordinator_address();
    void resync(Subject& subject);
    void add(Subject& subject);
    // Else records why not, and when it is probed again.
    bool may_act(Subject& subject, const std::string& in_the_way);
    // ALTER EXTENSION citus UPDATE was each node's own; this needs all of them at one version.
    void finish_upgrade();
    // Every registered worker has this node's version of the extension; asks for the probes that it
    // takes to know.
    [[nodiscard]] bool all_updated();
    // See stop_if_metadata_is_lost().
    void probe_all_before_the_first_change();
    void conclude();
    NodeReport report_of(const Subject& subject) const;

    const DesiredWorkers& desired_;
    const Actual& actual_;
    TimePoint now_;
    const MembershipPolicy& policy_;
    CoordinatorView view_;
    Plan plan_;
    std::vector<Subject> subjects_;
    std::unordered_set<HostPort, HostPortHash> wanted_;
    std::unordered_map<Identity, const Subject*, IdentityHash> claimed_;
    std::optional<Obstacles> obstacles_;
    std::string address_trouble_;
};

}  // namespace citus_init::citus
