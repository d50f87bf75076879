#include "citus_init/citus/membership/candidate.h"

#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/coordinator_advice.h"
#include "citus_init/citus/sqlstate.h"

#include "citus/statements.h"

namespace citus_init::citus {

Identity identity_of(const CandidateFacts& facts) {
    return Identity{facts.server.system_identifier,
                    facts.membership ? facts.membership->server_id : std::string{}};
}

const char* node_class_name(NodeClass node_class) {
    switch (node_class) {
        case NodeClass::unreachable:
            return "unreachable";
        case NodeClass::not_ready:
            return "not ready";
        case NodeClass::self:
            return "self";
        case NodeClass::clone:
            return "clone";
        case NodeClass::fresh:
            return "fresh";
        case NodeClass::dirty:
            return "dirty";
        case NodeClass::member:
            return "member";
        case NodeClass::moved:
            return "moved";
        case NodeClass::duplicate:
            return "duplicate";
        case NodeClass::stale:
            return "stale";
        case NodeClass::wiped:
            return "wiped";
        case NodeClass::zombie:
            return "zombie";
        case NodeClass::foreign:
            return "foreign";
    }
    return "unknown";
}

SqlResult<Candidate> examine(Connector& connector, const ConnectionTarget& target) {
    auto session = connector.connect(target);
    if (!session) {
        return tl::unexpected(session.error());
    }
    return examine(std::move(*session));
}

SqlResult<Candidate> examine(std::unique_ptr<Session> session) {
    const auto server = read_server_facts(*session);
    if (!server) {
        return tl::unexpected(server.error());
    }
    Candidate candidate{{*server, std::nullopt}, std::move(session)};
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
    if (membership->group_id != 0 || membership->node_count > 0 || membership->user_relations > 0) {
        auto stored = read_stored_tables(*candidate.session);
        if (!stored) {
            return tl::unexpected(stored.error());
        }
        membership->stored = std::move(*stored);
    }
    candidate.facts.membership = *membership;
    return candidate;
}

Classification classify_unreachable(const SqlError& error) {
    const auto with = [&error](const char* advice) {
        return Classification{NodeClass::unreachable, fmt::format("{}. {}", error.text(), advice)};
    };
    if (error.sqlstate == sqlstate::kInvalidCatalogName) {
        return with("Set the same CITUS_DATABASE on every node");
    }
    if (error.sqlstate == sqlstate::kInvalidPassword ||
        error.message.find("no password supplied") != std::string::npos) {
        return with("Set the same POSTGRES_USER and POSTGRES_PASSWORD on every node");
    }
    const auto says = [&error](const char* text) {
        return error.message.find(text) != std::string::npos;
    };
    if (is_certificate_refused(error)) {
        return with(
            "The worker's certificate is signed by another authority, or outside its time: its "
            "CITUS_CLUSTER_SECRET (or CITUS_TLS_CA_PATH) differs from this node's, or the clocks "
            "do. It cannot join like this. Give every node the same secret");
    }
    if (says("does not match host name")) {
        return with("Set CITUS_NODE_HOST on the worker to the name that it is reached under");
    }
    if (error.sqlstate == sqlstate::kInvalidAuthorizationSpecification) {
        return with("Let the worker's pg_hba.conf accept this node");
    }
    // As of a server without the extension, since that is what makes its certificate.
    if (error.message.find("does not support SSL") != std::string::npos) {
        return with(
            "Start the worker with CITUS_ENABLE=true and CITUS_ROLE=worker, which gives it "
            "the certificate that citus.node_conninfo asks for");
    }
    if (says("could not translate host name")) {
        return with(
            "Start the worker, or set CITUS_NODE_HOST on it (CITUS_WORKERS here) to a name that "
            "resolves on every node");
    }
    if (says("Connection refused")) {
        return with("Start the worker, or correct its port (CITUS_NODE_PORT)");
    }
    if (says("not established within") || says("timeout expired") || says("No route to host") ||
        says("Network is unreachable")) {
        return with(
            "Start the worker's host, or let this node through to that port (networks, firewall)");
    }
    if (error.sqlstate.starts_with(sqlstate::kShutdown)) {
        return with("It is starting, stopping or in recovery: it is tried again");
    }
    if (error.sqlstate == sqlstate::kTooManyConnections) {
        return with("Raise max_connections on the worker, or end connections there");
    }
    return with("See the worker's log and `citus-init health` there");
}

}  // namespace citus_init::citus
