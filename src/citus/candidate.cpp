#include "citus_init/citus/candidate.h"

#include <algorithm>

#include <fmt/core.h>

#include "citus/statements.h"

namespace citus_init::citus {

namespace {

Identity identity_of(const CandidateFacts& facts) {
    return Identity{facts.server.system_identifier,
                    facts.membership ? facts.membership->server_id : std::string{}};
}

std::string version_text(const std::optional<ExtensionVersion>& version) {
    return version ? version->text() : "none";
}

// What keeps a server from being any node at all. A registered one without extension is no matter
// of waiting, it has lost what it had.
std::optional<Classification> unready(const CandidateFacts& candidate, const CoordinatorView& view,
                                      bool registered) {
    const auto& theirs = candidate.server;
    const auto& ours = view.own.server;
    if (theirs.in_recovery) {
        return Classification{Standing::unreachable,
                              "is in recovery, or a standby. It is tried again"};
    }
    if (!theirs.extension || !candidate.membership) {
        if (registered) {
            return Classification{
                Standing::wiped,
                "is registered, but has no Citus in this database any more. Restore "
                "its data directory; it is not used for anything new until then"};
        }
        return Classification{Standing::not_ready,
                              "has no extension citus in this database. Start it with "
                              "CITUS_ENABLE=true, CITUS_ROLE=worker and the same CITUS_DATABASE"};
    }
    if (!theirs.superuser) {
        return Classification{Standing::not_ready,
                              "does not let this role be superuser. Use the same POSTGRES_USER on "
                              "every node"};
    }
    // The SQL patch may differ, the rest must not: citus_add_node would fail half-way or, with a
    // newer worker, succeed wrongly.
    if (theirs.extension->major != ours.extension->major ||
        theirs.extension->minor != ours.extension->minor) {
        return Classification{
            Standing::not_ready,
            fmt::format("has Citus {}, the coordinator {}. Use the same image on every node",
                        version_text(theirs.extension), version_text(ours.extension))};
    }
    if (theirs.encoding != ours.encoding) {
        return Classification{
            Standing::not_ready,
            fmt::format("has the encoding {}, the coordinator {}. Create its database with the "
                        "coordinator's encoding",
                        theirs.encoding, ours.encoding)};
    }
    return std::nullopt;
}

std::optional<Classification> own_copy(const CandidateFacts& candidate,
                                       const CoordinatorView& view) {
    const Identity theirs = identity_of(candidate);
    const Identity ours = identity_of(view.own);
    if (theirs.server_id != ours.server_id) {
        return std::nullopt;
    }
    if (theirs.system_identifier == ours.system_identifier) {
        return Classification{
            Standing::self,
            "is this coordinator itself, or a copy of its data directory. Take it "
            "out of CITUS_WORKERS, or give the worker an empty data directory"};
    }
    return Classification{Standing::clone,
                          "holds a copy of this coordinator's database. Give the worker an empty "
                          "data directory"};
}

bool knows_this_coordinator(const MembershipFacts& facts, const CoordinatorView& view) {
    return view.cluster.coordinator &&
           facts.coordinator == view.cluster.coordinator->address.text();
}

Classification foreign(const MembershipFacts& facts) {
    if (facts.group_id == 0) {
        return {Standing::foreign,
                "is a coordinator itself: its pg_dist_node is not empty. Start the worker with "
                "CITUS_ROLE=worker and an empty data directory"};
    }
    return {
        Standing::foreign,
        fmt::format("belongs to the cluster whose coordinator is {}. Adding it here would take "
                    "it away from there and destroy its metadata. Take it out of CITUS_WORKERS, "
                    "or give the worker an empty data directory",
                    facts.coordinator.empty() ? "unknown" : facts.coordinator)};
}

Classification classify_registered(const MembershipFacts& facts, const RegisteredNode& row,
                                   const CoordinatorView& view) {
    if (!row.active || !row.has_metadata) {
        return {Standing::member,
                "is registered, but disabled. When its data is known to be whole: SELECT "
                "citus_activate_node(...)"};
    }
    if (facts.group_id == 0) {
        return {Standing::wiped,
                fmt::format("is registered as group {}, but its data directory is a new one that "
                            "knows nothing of it: its shards are not there. Restore the old data "
                            "directory (volume or base backup). Do not call citus_activate_node(), "
                            "which would only hide the loss",
                            row.group_id)};
    }
    if (!knows_this_coordinator(facts, view)) {
        return foreign(facts);
    }
    if (facts.group_id != row.group_id) {
        return {
            Standing::wiped,
            fmt::format("is registered as group {}, but answers as group {}: another node's data "
                        "directory, or swapped addresses. Start each worker with its own data "
                        "directory",
                        row.group_id, facts.group_id)};
    }
    return {Standing::member, ""};
}

Classification classify_unregistered_member(const CandidateFacts& candidate,
                                            const CoordinatorView& view) {
    const MembershipFacts& facts = *candidate.membership;
    if (!knows_this_coordinator(facts, view)) {
        return foreign(facts);
    }
    const Identity identity = identity_of(candidate);
    const auto same = std::find_if(view.known.begin(), view.known.end(),
                                   [&](const auto& known) { return known.identity == identity; });
    if (same != view.known.end()) {
        return {
            Standing::duplicate,
            fmt::format("is the same server as {}, which is registered. Name each worker once in "
                        "CITUS_WORKERS",
                        same->address.text())};
    }
    if (const RegisteredNode* row = view.cluster.find_group(facts.group_id); row != nullptr) {
        return {Standing::moved,
                fmt::format("seems to be the worker registered as {}. If that address is gone for "
                            "good: SELECT citus_update_node({}, ...) on the coordinator",
                            row->address.text(), row->node_id)};
    }
    return {
        Standing::zombie,
        "was a member of this cluster and has been removed from it, but still holds its metadata. "
        "Give the worker an empty data directory"};
}

Classification classify_newcomer(const MembershipFacts& facts) {
    if (facts.node_count > 0) {
        return foreign(facts);
    }
    if (facts.user_relations > 0 || facts.distributed_tables > 0) {
        return {
            Standing::dirty,
            fmt::format("is not empty: {} tables, views or sequences in this database, of which "
                        "Citus would drop those that have the name of a distributed table. Move "
                        "them away, or give the worker an empty data directory",
                        std::max(facts.user_relations, facts.distributed_tables))};
    }
    return {Standing::fresh, ""};
}

}  // namespace

const char* standing_word(Standing standing) {
    switch (standing) {
        case Standing::unreachable:
            return "unreachable";
        case Standing::not_ready:
            return "not ready";
        case Standing::self:
            return "self";
        case Standing::clone:
            return "clone";
        case Standing::fresh:
            return "fresh";
        case Standing::dirty:
            return "dirty";
        case Standing::member:
            return "member";
        case Standing::moved:
            return "moved";
        case Standing::duplicate:
            return "duplicate";
        case Standing::wiped:
            return "wiped";
        case Standing::zombie:
            return "zombie";
        case Standing::foreign:
            return "foreign";
    }
    return "unknown";
}

SqlResult<Candidate> examine(Connector& connector, const ConnectionTarget& target) {
    auto session = connector.connect(target);
    if (!session) {
        return tl::unexpected(session.error());
    }
    const auto server = read_server_facts(**session);
    if (!server) {
        return tl::unexpected(server.error());
    }
    Candidate candidate{{*server, std::nullopt}, std::move(*session)};
    if (!server->extension) {
        return candidate;
    }
    if (const auto shown = candidate.session->query(statement::kShowShards); !shown) {
        return tl::unexpected(shown.error());
    }
    auto membership = read_membership_facts(*candidate.session);
    if (!membership) {
        return tl::unexpected(membership.error());
    }
    candidate.facts.membership = *membership;
    return candidate;
}

Classification classify_unreachable(const SqlError& error) {
    const auto with = [&error](const char* advice) {
        return Classification{Standing::unreachable, fmt::format("{}. {}", error.text(), advice)};
    };
    if (error.sqlstate == "3D000") {
        return with("Set the same CITUS_DATABASE on every node");
    }
    if (error.sqlstate == "28P01" ||
        error.message.find("no password supplied") != std::string::npos) {
        return with("Set the same POSTGRES_USER and POSTGRES_PASSWORD on every node");
    }
    const auto says = [&error](const char* text) {
        return error.message.find(text) != std::string::npos;
    };
    // libpq's words for a server whose certificate it cannot verify, and OpenSSL's for ours that
    // the server cannot.
    if (says("certificate verify failed") || says("unknown ca")) {
        return with(
            "The worker's certificate is signed by another authority, or outside its time: its "
            "CITUS_CLUSTER_SECRET (or CITUS_TLS_CA_PATH) differs from this node's, or the clocks "
            "do. It cannot join like this. Give every node the same secret");
    }
    if (says("does not match host name")) {
        return with("Set CITUS_NODE_HOST on the worker to the name that it is reached under");
    }
    if (error.sqlstate == "28000") {
        return with("Let the worker's pg_hba.conf accept this node");
    }
    // What a server without the extension looks like, since that is what makes its certificate.
    if (error.message.find("does not support SSL") != std::string::npos) {
        return with(
            "Start the worker with CITUS_ENABLE=true and CITUS_ROLE=worker, which gives it "
            "the certificate that citus.node_conninfo asks for");
    }
    return {Standing::unreachable, error.text()};
}

Classification classify(const CandidateFacts& candidate, const NodeAddress& address,
                        const CoordinatorView& view) {
    const RegisteredNode* row = view.cluster.find(address);
    if (const auto not_yet = unready(candidate, view, row != nullptr)) {
        return *not_yet;
    }
    if (const auto copy = own_copy(candidate, view)) {
        return *copy;
    }
    const MembershipFacts& facts = *candidate.membership;
    if (row != nullptr) {
        return classify_registered(facts, *row, view);
    }
    return facts.group_id != 0 ? classify_unregistered_member(candidate, view)
                               : classify_newcomer(facts);
}

}  // namespace citus_init::citus
