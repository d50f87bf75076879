#include "ha/patroni/member_findings.h"

#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/ha/patroni/rest_answers.h"

#include "ha/patroni/member_assessment.h"

namespace citus_init::patroni {

namespace {

using ha::Finding;
using ha::MemberSnapshot;
using ha::Place;

// Patroni reads the rows of pg_dist_node when it starts and compares with its own memory later.
constexpr const char* kReadRowsAnew =
    "Patroni compares with what it read when it started, so end Patroni on the coordinator's "
    "leader: citus-init starts it again at once, beside the running server, and it writes the row";

// Whoever begins to make a group notes it in the store and takes it back when he fails, but not
// when he is killed: then all wait for him for ever.
void add_unmade_group(const MemberSnapshot& snapshot, std::vector<Finding>& findings) {
    if (!snapshot.never_made || !snapshot.members || is_being_made(snapshot.status->state) ||
        std::any_of(snapshot.members->members.begin(), snapshot.members->members.end(),
                    [](const auto& member) { return is_being_made(member.state); })) {
        return;
    }
    findings.push_back(
        {"group that was never made",
         fmt::format("nobody makes group {}: its first start was killed, and the configuration "
                     "store still says that it is under way",
                     snapshot.group),
         fmt::format("patronictl -c CITUS_PATRONI_DIR/patroni.yml remove PATRONI_SCOPE --group {}, "
                     "as the server's user in one of its members, has one of them begin anew",
                     snapshot.group)});
}

void add_row_of_own_group(const MemberSnapshot& snapshot, std::vector<Finding>& findings) {
    const auto* leader = snapshot.members ? snapshot.members->leader() : nullptr;
    if (leader == nullptr || !snapshot.cluster || leader->name != snapshot.name) {
        return;
    }
    const auto* row = snapshot.group == 0 && snapshot.cluster->coordinator
                          ? &*snapshot.cluster->coordinator
                          : snapshot.cluster->find_group(snapshot.group);
    const HostPort address{leader->host, leader->port};
    if (row != nullptr && row->address != address) {
        findings.push_back(
            {"row of the own group",
             fmt::format("pg_dist_node has {} for group {}, whose leader is {} ({})",
                         row->address.text(), snapshot.group, leader->name, address.text()),
             kReadRowsAnew});
    }
}

void add_workers(const MemberSnapshot& snapshot, std::vector<Finding>& findings) {
    for (const auto& [group, answer] : snapshot.workers) {
        const auto* row = snapshot.cluster ? snapshot.cluster->find_group(group) : nullptr;
        if (row == nullptr) {
            continue;
        }
        const std::string about = fmt::format("row of group {}", group);
        const std::string which =
            fmt::format("pg_dist_node has {} for group {}", row->address.text(), group);
        if (answer.in_recovery.value_or(false)) {
            findings.push_back(
                {about, which + ", which is a replica: writes to that group fail", kReadRowsAnew});
        } else if (!answer.in_recovery) {
            findings.push_back(
                {about, which + ", which does not answer",
                 fmt::format("It says: {}. Where group {} has a leader at another address: {}. "
                             "Where it has none: bring one of its members back",
                             answer.trouble, group, kReadRowsAnew)});
        }
    }
}

void add_left_behind(const MemberSnapshot& snapshot, std::vector<Finding>& findings) {
    if (!is_left_behind(snapshot)) {
        return;
    }
    const auto* leader = snapshot.members->leader();
    findings.push_back(
        {"replication",
         fmt::format("this replica gets nothing from its leader {} ({}:{})", leader->name,
                     leader->host, leader->port),
         fmt::format(
             "The server's log says why. It goes on by itself once it reaches its leader; "
             "where \"WAL segment ... has already been removed\", it never will: patronictl "
             "-c CITUS_PATRONI_DIR/patroni.yml reinit PATRONI_SCOPE {} --group {}, as the "
             "server's user in one of its members, copies the leader anew",
             snapshot.name, snapshot.group)});
}

void add_synchronous(const MemberSnapshot& snapshot, std::vector<Finding>& findings) {
    if (!snapshot.leads || !snapshot.facts || !snapshot.members ||
        !snapshot.facts->synchronous_standby_names.empty()) {
        return;
    }
    for (const auto& member : snapshot.members->members) {
        if (member.place == Place::synchronous || member.place == Place::quorum) {
            findings.push_back(
                {"synchronous",
                 fmt::format("synchronous_standby_names is empty although {} counts as "
                             "synchronous: a failover would lose acknowledged writes",
                             member.name),
                 "Patroni before 3.1.2 forgets it when it is restarted over a running primary: "
                 "turn synchronous_mode off and on again (patronictl edit-config), then use a "
                 "newer Patroni"});
            return;
        }
    }
}

// Patroni calls a replica "streaming" since 3.1, and "running" before.
bool follows(const ha::GroupMember& member, const ha::GroupMember& leader) {
    return member.place == Place::replica && !member.never_synchronous &&
           (member.state == "streaming" || member.state == "running") &&
           member.timeline == leader.timeline;
}

// Patroni writes the key anew once it sees another value than it remembers; until then nobody is
// promoted for a leader that fails, and a switchover is refused (412).
std::string write_sync_key_anew(const std::string& replica) {
    return fmt::format(
        "End Patroni on {} (not the container), then on this member: citus-init starts each "
        "again, and this one writes the group's sync key anew",
        replica);
}

// As after a leader took its key back: the group's sync key names somebody else as the leader, or
// each loop finds it "updated by someone else".
void add_uncounted(const MemberSnapshot& snapshot, std::vector<Finding>& findings) {
    if (!snapshot.leads || !snapshot.synchronous_mode || !snapshot.members ||
        snapshot.members->leader() == nullptr) {
        return;
    }
    const auto& members = snapshot.members->members;
    const bool any_counts = std::any_of(members.begin(), members.end(), [](const auto& member) {
        return member.place == Place::synchronous || member.place == Place::quorum;
    });
    const auto candidate = std::find_if(members.begin(), members.end(), [&](const auto& member) {
        return follows(member, *snapshot.members->leader());
    });
    if (any_counts || candidate == members.end()) {
        return;
    }
    findings.push_back(
        {"synchronous replica",
         fmt::format("no replica counts as synchronous although {} follows this leader: what is "
                     "acknowledged is on this member alone, and the lead cannot be handed over",
                     candidate->name),
         write_sync_key_anew(candidate->name)});
}

// A leader that etcd has at this moment, and that is another one in the group's sync key.
void add_sync_key(const MemberSnapshot& snapshot, std::vector<Finding>& findings) {
    if (!snapshot.leads || !snapshot.synchronous_mode || !snapshot.stored ||
        snapshot.stored->leader != snapshot.name || snapshot.stored->sync_leader.empty() ||
        snapshot.stored->sync_leader == snapshot.name) {
        return;
    }
    findings.push_back(
        {"sync key",
         fmt::format("the sync key of group {} in the configuration store names {} as the leader, "
                     "which is {}: nobody can take over from it",
                     snapshot.group, snapshot.stored->sync_leader, snapshot.name),
         write_sync_key_anew(snapshot.stored->sync_leader)});
}

void add_missing_members(const MemberSnapshot& snapshot, std::vector<Finding>& findings) {
    if (!snapshot.leads || !snapshot.members || snapshot.missing_members.empty()) {
        return;
    }
    const std::size_t replicas = snapshot.members->members.size() - 1;
    findings.push_back(
        {"members",
         fmt::format("group {} has {} of {} replicas: {} is gone", snapshot.group, replicas,
                     replicas + snapshot.missing_members.size(),
                     join(snapshot.missing_members, ", ")),
         "Start its container again. Where it was removed for good, SIGHUP to process 1 of this "
         "container forgets it"});
}

void add_transactions(const MemberSnapshot& snapshot, std::vector<Finding>& findings) {
    const auto& old = snapshot.facts->old_transactions;
    if (!old.empty()) {
        findings.push_back(
            {"prepared transactions",
             fmt::format("{} prepared for more than 5 min: they hold their locks (the oldest is "
                         "\"{}\")",
                         old.size() == 1 ? std::string("1 transaction is")
                                         : fmt::format("{} transactions are", old.size()),
                         old.front().name),
             "Those of Citus (citus_...) end with SELECT recover_prepared_transactions() on the "
             "node that began them, the coordinator mostly; any other with COMMIT PREPARED or "
             "ROLLBACK PREPARED here"});
    }
    for (const auto& update : snapshot.facts->stuck_updates) {
        findings.push_back(
            {fmt::format("process {}", update.pid),
             fmt::format("process {} has stopped in the middle of citus_update_node(): writes to "
                         "that worker group wait for it",
                         update.pid),
             fmt::format("SELECT pg_terminate_backend({}); Patroni from 3.3 on does that by itself",
                         update.pid)});
    }
}

}  // namespace

std::vector<ha::Finding> findings_of(const ha::MemberSnapshot& snapshot, bool has_certificates) {
    std::vector<ha::Finding> findings;
    add_unmade_group(snapshot, findings);
    add_sync_key(snapshot, findings);
    if (!snapshot.facts) {
        return findings;
    }
    add_left_behind(snapshot, findings);
    add_row_of_own_group(snapshot, findings);
    add_workers(snapshot, findings);
    add_missing_members(snapshot, findings);
    add_synchronous(snapshot, findings);
    add_uncounted(snapshot, findings);
    add_transactions(snapshot, findings);
    if (has_certificates && snapshot.facts->password_is_stored) {
        findings.push_back({"pg_dist_authinfo",
                            "pg_dist_authinfo holds a password in clear, which nodes with "
                            "certificates do not need",
                            "DELETE FROM pg_dist_authinfo WHERE authinfo ~ 'password' on every "
                            "node's primary, then restart Patroni, which writes what is needed"});
    }
    return findings;
}

}  // namespace citus_init::patroni
