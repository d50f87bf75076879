#include <algorithm>

#include <fmt/core.h>

#include "citus_init/citus/membership/candidate.h"

#include "citus/membership/classification_reasons.h"

namespace citus_init::citus {

namespace {

std::string version_text(const std::optional<ExtensionVersion>& version) {
    return version ? version->text() : "none";
}

bool is_same_release(const ExtensionVersion& left, const ExtensionVersion& right) {
    return left.major == right.major && left.minor == right.minor;
}

// The SQL patch may differ, the rest must not: citus_add_node would fail half-way or, with a newer
// worker, succeed wrongly. A library beside another extension refuses nearly every query.
std::optional<Classification> mixed_versions(const ServerFacts& theirs, const ServerFacts& ours,
                                             bool registered) {
    const auto library = theirs.library();
    if (library && !is_same_release(*library, *theirs.extension)) {
        return Classification{
            NodeClass::not_ready,
            fmt::format("runs the library of Citus {} with the extension at {}, so writes to "
                        "several of its shards fail. Set CITUS_AUTO_UPGRADE={} there, or run ALTER "
                        "EXTENSION citus UPDATE",
                        theirs.library_version, theirs.extension->text(),
                        library->major == theirs.extension->major ? "minor" : "major")};
    }
    if (is_same_release(*theirs.extension, *ours.extension)) {
        return std::nullopt;
    }
    if (!registered) {
        return Classification{
            NodeClass::not_ready,
            fmt::format("has Citus {}, the coordinator {}. Use the same image on every node",
                        version_text(theirs.extension), version_text(ours.extension))};
    }
    const bool is_behind = *theirs.extension < *ours.extension;
    return Classification{
        NodeClass::not_ready,
        fmt::format("has Citus {}, the coordinator {}: the upgrade of this cluster is under way. "
                    "Queries go on; until both are the same nothing joins, is drained or removed. "
                    "Start {} with the image of Citus {}{}",
                    version_text(theirs.extension), version_text(ours.extension),
                    is_behind ? "this worker" : "the coordinator",
                    version_text(is_behind ? ours.extension : theirs.extension),
                    theirs.extension->major == ours.extension->major
                        ? ""
                        : " and CITUS_AUTO_UPGRADE=major")};
}

// What keeps a server from being any node at all. A registered one without extension is no matter
// of waiting, it has lost what it had.
std::optional<Classification> unready(const CandidateFacts& candidate, const CoordinatorView& view,
                                      bool registered) {
    const auto& theirs = candidate.server;
    const auto& ours = view.own().server;
    if (theirs.in_recovery) {
        return Classification{NodeClass::unreachable,
                              "is in recovery, or a standby. It is tried again"};
    }
    if (!theirs.extension || !candidate.membership) {
        if (registered) {
            return Classification{
                NodeClass::wiped,
                "is registered, but has no Citus in this database any more. Restore "
                "its data directory (volume or base backup)"};
        }
        return Classification{NodeClass::not_ready,
                              "has no extension citus in this database. Start it with "
                              "CITUS_ENABLE=true, CITUS_ROLE=worker and the same CITUS_DATABASE"};
    }
    if (!theirs.superuser) {
        return Classification{NodeClass::not_ready,
                              "does not let this role be superuser. Use the same POSTGRES_USER on "
                              "every node"};
    }
    if (candidate.membership->upgrade_is_unfinished) {
        return Classification{NodeClass::not_ready,
                              "was upgraded by pg_upgrade, and citus_finish_pg_upgrade() was not "
                              "called in this database: its tables look empty, and what is "
                              "inserted is lost. Stop all writes, and call it there; a start with "
                              "citus-init does it before it lets anybody in"};
    }
    if (auto mixed = mixed_versions(theirs, ours, registered)) {
        return mixed;
    }
    // A member is upgraded while it is one.
    if (!registered && theirs.postgres_major() != ours.postgres_major()) {
        return Classification{
            NodeClass::not_ready,
            fmt::format("runs PostgreSQL {}, the coordinator {}. Use the same image on every node; "
                        "CITUS_PG_UPGRADE=true upgrades the older one",
                        theirs.postgres_major(), ours.postgres_major())};
    }
    if (theirs.encoding != ours.encoding) {
        return Classification{
            NodeClass::not_ready,
            fmt::format("has the encoding {}, the coordinator {}. Create its database with the "
                        "coordinator's encoding",
                        theirs.encoding, ours.encoding)};
    }
    return std::nullopt;
}

std::optional<Classification> own_copy(const CandidateFacts& candidate,
                                       const CoordinatorView& view) {
    const Identity theirs = identity_of(candidate);
    const Identity ours = identity_of(view.own());
    if (theirs.server_id != ours.server_id) {
        return std::nullopt;
    }
    if (theirs.system_identifier == ours.system_identifier) {
        return Classification{
            NodeClass::self,
            fmt::format("is this coordinator itself, or a copy of its data directory. Take it out "
                        "of CITUS_WORKERS; if a worker is to run there, {}",
                        kNewDirectory)};
    }
    return Classification{
        NodeClass::clone,
        fmt::format("holds a copy of this coordinator's database. {}. If a worker is to run "
                    "there, {}",
                    kNothingChanged, kNewDirectory)};
}

bool knows_this_coordinator(const MembershipFacts& facts, const CoordinatorView& view) {
    return view.coordinator() && facts.coordinator == view.coordinator()->address.text();
}

// The server at a registered address is not the node that is registered there.
Classification impostor(const std::string& what, const RegisteredNode& row,
                        const CoordinatorView& view) {
    return {NodeClass::wiped,
            fmt::format("is registered as group {}, but {}{}. Restore the old data directory "
                        "(volume or base backup), without overwriting the one that is there now. "
                        "Do not call citus_activate_node(), which would only hide the loss",
                        row.group_id, what, view.stakes_text(row.group_id))};
}

Classification swapped(const RegisteredNode& theirs, const HostPort& address) {
    return {NodeClass::moved,
            fmt::format("answers as the worker registered as {0}: the addresses were swapped. Give "
                        "each worker its own back; or, on the coordinator, with a name in between "
                        "that nobody has: SELECT citus_update_node({1}, '{5}-moving', {2}), then "
                        "the other to its address, then SELECT citus_update_node({1}, '{3}', {4})",
                        theirs.address.text(), theirs.node_id, theirs.address.port, address.host,
                        address.port, theirs.address.host)};
}

Classification classify_registered(const CandidateFacts& candidate, const RegisteredNode& row,
                                   const CoordinatorView& view) {
    const MembershipFacts& facts = *candidate.membership;
    if (!row.active || !row.has_metadata) {
        return {NodeClass::member,
                fmt::format("is registered, but disabled. When its data is known to be whole: "
                            "SELECT citus_activate_node('{}', {}) on the coordinator",
                            row.address.host, row.address.port)};
    }
    if (facts.group_id == 0) {
        return impostor(
            "its data directory is a new one that knows nothing of it: its shards are not there",
            row, view);
    }
    if (!knows_this_coordinator(facts, view)) {
        auto result = foreign(facts);
        result.reason += view.stakes_text(row.group_id);
        return result;
    }
    const NodeRecord* theirs = view.record_of(identity_of(candidate));
    if (facts.group_id != row.group_id) {
        const RegisteredNode* their_row = theirs == nullptr ? nullptr : view.row_of(*theirs);
        if (their_row != nullptr && their_row->group_id == facts.group_id) {
            return swapped(*their_row, row.address);
        }
        return impostor(fmt::format("answers as group {}: another node's data directory, or "
                                    "swapped addresses",
                                    facts.group_id),
                        row, view);
    }
    // pg_upgrade makes a new system identifier and keeps the rest; nothing keeps less.
    const NodeRecord* record = view.record_of(row);
    if (record != nullptr && record->identity.server_id != facts.server_id) {
        return impostor(
            "another server than the recorded one answers, which says that it is the "
            "same group of a cluster with the same names" +
                stored_text(facts.stored),
            row, view);
    }
    return {NodeClass::member, ""};
}

Classification duplicate(const HostPort& other) {
    return {NodeClass::duplicate,
            fmt::format("is the same server as {}, which is registered, or a copy of it. Name "
                        "each worker once; if it is a copy, {}",
                        other.text(), kNewDirectory)};
}

std::optional<Classification> known_elsewhere(const Identity& identity, const HostPort& address,
                                              const CoordinatorView& view) {
    const HostPort* answering = view.answering_address(identity);
    if (answering != nullptr && *answering != address) {
        return duplicate(*answering);
    }
    return std::nullopt;
}

Classification classify_unregistered_member(const CandidateFacts& candidate,
                                            const HostPort& address, const CoordinatorView& view) {
    const MembershipFacts& facts = *candidate.membership;
    if (!knows_this_coordinator(facts, view)) {
        return foreign(facts);
    }
    const Identity identity = identity_of(candidate);
    if (auto elsewhere = known_elsewhere(identity, address, view)) {
        return *elsewhere;
    }
    const NodeRecord* record = view.record_of(identity);
    const RegisteredNode* row = view.row_of_group(facts.group_id);
    if (row != nullptr && record != nullptr && record->node_id == row->node_id) {
        return {NodeClass::moved,
                fmt::format("is the worker registered as {}", row->address.text())};
    }
    if (row != nullptr && view.record_of(*row) == nullptr) {
        return {NodeClass::moved,
                fmt::format("seems to be the worker registered as {}, whose identity was never "
                            "recorded. If that address is gone for good: SELECT "
                            "citus_update_node({}, '{}', {}) on the coordinator",
                            row->address.text(), row->node_id, address.host, address.port)};
    }
    if (record == nullptr) {
        return unknown_member(facts);
    }
    if (const RegisteredNode* own_row = view.row_of(*record)) {
        return {NodeClass::duplicate,
                fmt::format("has the identity of the worker registered as {}, but says that it is "
                            "group {}: an older copy of its data{}. {}. If a worker is to run "
                            "there, {}",
                            own_row->address.text(), facts.group_id, stored_text(facts.stored),
                            kNothingChanged, kNewDirectory)};
    }
    return removed_member(facts);
}

Classification classify_newcomer(const CandidateFacts& candidate, const HostPort& address,
                                 const CoordinatorView& view) {
    const MembershipFacts& facts = *candidate.membership;
    if (facts.node_count > 0) {
        return foreign(facts);
    }
    if (facts.user_relations > 0 || facts.distributed_tables > 0) {
        return {
            NodeClass::dirty,
            fmt::format("is not empty: {} tables, views or sequences in this database, of which "
                        "Citus would drop those that have the name of a distributed table{}. Move "
                        "them away, or {}",
                        std::max(facts.user_relations, facts.distributed_tables),
                        stored_text(facts.stored), kNewDirectory)};
    }
    const Identity identity = identity_of(candidate);
    if (auto elsewhere = known_elsewhere(identity, address, view)) {
        return *elsewhere;
    }
    const NodeRecord* record = view.record_of(identity);
    const RegisteredNode* row = record == nullptr ? nullptr : view.row_of(*record);
    if (row != nullptr) {
        return {NodeClass::duplicate,
                fmt::format("has the identity of the worker registered as {}, but knows nothing of "
                            "the cluster: an older copy of its data{}. Restore that worker; if "
                            "another is to run here, {}",
                            row->address.text(), view.stakes_text(row->group_id), kNewDirectory)};
    }
    return {NodeClass::fresh, ""};
}

}  // namespace

Classification classify(const CandidateFacts& candidate, const HostPort& address,
                        const CoordinatorView& view) {
    const RegisteredNode* row = view.row_at(address);
    if (const auto not_yet = unready(candidate, view, row != nullptr)) {
        return *not_yet;
    }
    if (const auto copy = own_copy(candidate, view)) {
        return *copy;
    }
    if (row != nullptr) {
        return classify_registered(candidate, *row, view);
    }
    return candidate.membership->group_id != 0
               ? classify_unregistered_member(candidate, address, view)
               : classify_newcomer(candidate, address, view);
}

}  // namespace citus_init::citus
