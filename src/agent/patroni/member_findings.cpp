#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/text.h"

#include "agent/patroni/member_verdict.h"

namespace citus_init::agent {

namespace {

using patroni::Place;

// Patroni reads the rows of pg_dist_node when it starts and compares with its own memory later.
constexpr const char* kReadRowsAnew =
    "Patroni compares with what it read when it started, so end Patroni on the coordinator's "
    "leader: citus-init starts it again at once, beside the running server, and it writes the row";

// Whoever begins to make a group notes it in the store and takes it back when he fails, but not
// when he is killed: then all wait for him for ever.
void add_unmade_group(const MemberLook& look, std::vector<Finding>& findings) {
    if (!look.never_made || !look.members || patroni::is_being_made(look.status->state) ||
        std::any_of(look.members->members.begin(), look.members->members.end(),
                    [](const auto& member) { return patroni::is_being_made(member.state); })) {
        return;
    }
    findings.push_back(
        {"group that was never made",
         fmt::format("nobody makes group {}: its first start was killed, and the configuration "
                     "store still says that it is under way",
                     look.group),
         fmt::format("patronictl -c CITUS_PATRONI_DIR/patroni.yml remove PATRONI_SCOPE --group {}, "
                     "as the server's user in one of its members, has one of them begin anew",
                     look.group)});
}

void add_row_of_own_group(const MemberLook& look, std::vector<Finding>& findings) {
    const auto* leader = look.members ? look.members->leader() : nullptr;
    if (leader == nullptr || !look.cluster || leader->name != look.name) {
        return;
    }
    const auto* row = look.group == 0 && look.cluster->coordinator
                          ? &*look.cluster->coordinator
                          : look.cluster->find_group(look.group);
    const citus::NodeAddress address{leader->host, leader->port};
    if (row != nullptr && row->address != address) {
        findings.push_back(
            {"row of the own group",
             fmt::format("pg_dist_node has {} for group {}, whose leader is {} ({})",
                         row->address.text(), look.group, leader->name, address.text()),
             kReadRowsAnew});
    }
}

void add_workers(const MemberLook& look, std::vector<Finding>& findings) {
    for (const auto& [group, answer] : look.workers) {
        const auto* row = look.cluster ? look.cluster->find_group(group) : nullptr;
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

void add_left_behind(const MemberLook& look, std::vector<Finding>& findings) {
    if (!is_left_behind(look)) {
        return;
    }
    const auto* leader = look.members->leader();
    findings.push_back(
        {"replication",
         fmt::format("this replica gets nothing from its leader {} ({}:{})", leader->name,
                     leader->host, leader->port),
         fmt::format(
             "The server's log says why. It goes on by itself once it reaches its leader; "
             "where \"WAL segment ... has already been removed\", it never will: patronictl "
             "-c CITUS_PATRONI_DIR/patroni.yml reinit PATRONI_SCOPE {} --group {}, as the "
             "server's user in one of its members, copies the leader anew",
             look.name, look.group)});
}

void add_synchronous(const MemberLook& look, std::vector<Finding>& findings) {
    if (!look.leads || !look.facts || !look.members ||
        !look.facts->synchronous_standby_names.empty()) {
        return;
    }
    for (const auto& member : look.members->members) {
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
bool follows(const patroni::GroupMember& member, const patroni::GroupMember& leader) {
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
void add_uncounted(const MemberLook& look, std::vector<Finding>& findings) {
    if (!look.leads || !look.synchronous_mode || !look.members ||
        look.members->leader() == nullptr) {
        return;
    }
    const auto& members = look.members->members;
    const bool any_counts = std::any_of(members.begin(), members.end(), [](const auto& member) {
        return member.place == Place::synchronous || member.place == Place::quorum;
    });
    const auto candidate = std::find_if(members.begin(), members.end(), [&](const auto& member) {
        return follows(member, *look.members->leader());
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
void add_sync_key(const MemberLook& look, std::vector<Finding>& findings) {
    if (!look.leads || !look.synchronous_mode || !look.stored || look.stored->leader != look.name ||
        look.stored->sync_leader.empty() || look.stored->sync_leader == look.name) {
        return;
    }
    findings.push_back(
        {"sync key",
         fmt::format("the sync key of group {} in the configuration store names {} as the leader, "
                     "which is {}: nobody can take over from it",
                     look.group, look.stored->sync_leader, look.name),
         write_sync_key_anew(look.stored->sync_leader)});
}

void add_missing_members(const MemberLook& look, std::vector<Finding>& findings) {
    if (!look.leads || !look.members || look.missing_members.empty()) {
        return;
    }
    const std::size_t replicas = look.members->members.size() - 1;
    findings.push_back(
        {"members",
         fmt::format("group {} has {} of {} replicas: {} is gone", look.group, replicas,
                     replicas + look.missing_members.size(), join(look.missing_members, ", ")),
         "Start its container again. Where it was removed for good, SIGHUP to process 1 of this "
         "container forgets it"});
}

void add_transactions(const MemberLook& look, std::vector<Finding>& findings) {
    const auto& old = look.facts->old_transactions;
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
    for (const auto& update : look.facts->stuck_updates) {
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

std::vector<Finding> findings_of(const MemberLook& look, bool has_certificates) {
    std::vector<Finding> findings;
    add_unmade_group(look, findings);
    add_sync_key(look, findings);
    if (!look.facts) {
        return findings;
    }
    add_left_behind(look, findings);
    add_row_of_own_group(look, findings);
    add_workers(look, findings);
    add_missing_members(look, findings);
    add_synchronous(look, findings);
    add_uncounted(look, findings);
    add_transactions(look, findings);
    if (has_certificates && look.facts->password_is_stored) {
        findings.push_back({"pg_dist_authinfo",
                            "pg_dist_authinfo holds a password in clear, which nodes with "
                            "certificates do not need",
                            "DELETE FROM pg_dist_authinfo WHERE authinfo ~ 'password' on every "
                            "node's primary, then restart Patroni, which writes what is needed"});
    }
    return findings;
}

}  // namespace citus_init::agent
