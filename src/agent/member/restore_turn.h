#pragma once

#include <functional>

#include "citus_init/agent/reporter.h"
#include "citus_init/base/result.h"
#include "citus_init/ha/patroni/client/etcd_client.h"
#include "citus_init/ha/patroni/client/restore_claim.h"
#include "citus_init/settings/settings.h"

namespace citus_init::agent {

// What a member has to do about a restore of its group before its Patroni starts (ADR 87).
enum class RestoreTurn {
    start,             // nothing: Patroni starts
    claim,             // it may restore the group, and says so in etcd first
    restore,           // it is the one that restores the group
    hand_over,         // it has: Patroni starts
    wait_for_member,   // another one restores the group, and this one becomes its replica
    wait_for_leader,   // the group is to be restored, and this member must not lead
    wait_for_keys,     // it is, and etcd has keys of the cluster that was there
    refuse_member,     // another one restores the group, and a restore was begun here
    refuse_directory,  // another one restores the group, and a cluster is here
    refuse_cluster,    // the group has a cluster, and a restore was begun here
    refuse_tag,        // this member restores the group, and must not lead
    refuse_group,      // a restore of another group was begun here
    refuse_empty,      // it was to restore the group, and nobody says to what any more
};

// Whether Patroni lets a member with this part of the YAML file lead, by its tags (Patroni's
// tags.py): failover_priority counts where nofailover is not set, and of nofailover any text but an
// empty one is true. Pure.
bool may_lead(const settings::YamlValue& user_part);

// What a member knows of itself.
struct RestoreFacts {
    std::string member;        // its name
    bool is_wanted = false;    // CITUS_RESTORE
    bool may_lead = true;      // no tag of Patroni's is against it
    bool has_cluster = false;  // in its data directory
    bool has_begun = false;    // a restore that is not handed over is there
    bool is_of_group = true;   // it is of this group
    bool is_restored = false;  // it is complete
    std::string point;         // of it; else CITUS_RESTORE
};

// Pure.
RestoreTurn restore_turn(const patroni::GroupKeys& keys, const RestoreFacts& facts);

// Before Patroni starts, with no server: returns once it may start, or once this member is to
// restore its group, which it reports with the coordinator's address (RestoreStep::claimed). Waits
// for another member that does, however long that takes, and, by `await_etcd`, where etcd is away
// meanwhile. `settings` have `patroni`. Errors: `data_directory`, what is here and what etcd has of
// the group contradict each other; `unavailable`, etcd; what `await_etcd` returns.
[[nodiscard]] Status await_restore_turn(const settings::Settings& settings,
                                        patroni::EtcdClient& etcd, Reporter& reporter,
                                        const std::function<Status()>& await_etcd);

// The same where the store is not etcd, or its servers are not named: nobody can claim anything.
// Errors: `data_directory`, a restore was begun here.
[[nodiscard]] Status refuse_restore_without_etcd(const settings::Settings& settings);

}  // namespace citus_init::agent
