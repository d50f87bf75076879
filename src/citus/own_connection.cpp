#include "citus_init/citus/own_connection.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/citus/sqlstate.h"

#include "citus/row_values.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

// Parts of messages of libpq and of the server; the first row with a part that occurs decides.
struct Remedy {
    std::array<std::string_view, 6> parts;
    const char* with_password;
    const char* with_certificates;
};

constexpr const char* kCertificate =
    "Give the node a certificate of the authority that citus.node_conninfo names (sslrootcert), "
    "issued for {0} (CITUS_CLUSTER_SECRET does; else CITUS_TLS_CERT_PATH, CITUS_TLS_CA_PATH), or "
    "remove a setting of citus.node_conninfo of your own";
constexpr const char* kName =
    "Set CITUS_NODE_HOST (on a coordinator CITUS_COORDINATOR_HOST, where it is set) to a name that "
    "resolves on every node, this one included";
constexpr const char* kAddress =
    "{0} must lead to this server from inside its own container, too: see CITUS_NODE_HOST, "
    "CITUS_NODE_PORT, listen_addresses and port";
constexpr const char* kSlots = "Raise max_connections, or end sessions";
constexpr const char* kTls =
    "Switch ssl on, or remove sslmode from a setting of citus.node_conninfo of your own";

constexpr std::array<Remedy, 6> kRemedies{{
    {{"password authentication failed", "no password supplied", "asks for the password"},
     "Set POSTGRES_PASSWORD to the password that this role has in the data directory (or ALTER "
     "ROLE it to POSTGRES_PASSWORD), and let pg_hba.conf take it from this address",
     "pg_hba.conf asks for a password instead of the certificate: remove the line of CITUS_PG_HBA "
     "that matches before those for nodes, or, where the node connects from another address than "
     "its registered one, name that in CITUS_NODE_NETWORKS"},
    {{"no pg_hba.conf entry", "pg_hba.conf rejects", "authentication failed"},
     "Let pg_hba.conf (hba_file, CITUS_PG_HBA) take \"{1}\" from this node's own address by "
     "password",
     "Remove the line of CITUS_PG_HBA that refuses this node's own address before those for nodes"},
    {{"does not support SSL"}, kTls, kTls},
    {{"certificate", "SSL error", "tlsv1 alert", "private key"}, kCertificate, kCertificate},
    {{"could not translate host name", "name resolution", "Name or service not known"},
     kName,
     kName},
    {{"too many clients", "connection slots are reserved", "too many connections"}, kSlots, kSlots},
}};

bool mentions(const std::string& cause, const Remedy& remedy) {
    return std::any_of(remedy.parts.begin(), remedy.parts.end(), [&](const std::string_view part) {
        return !part.empty() && cause.find(part) != std::string::npos;
    });
}

std::string remedy_of(const OwnConnectionFailure& failure) {
    const auto* const found =
        std::find_if(kRemedies.begin(), kRemedies.end(),
                     [&](const Remedy& remedy) { return mentions(failure.cause, remedy); });
    const char* text = kAddress;
    if (found != kRemedies.end()) {
        text = failure.has_certificates ? found->with_certificates : found->with_password;
    }
    return fmt::format(fmt::runtime(text), failure.address.text(), failure.user);
}

// None: it is no member, or a standby, whose registered address is its primary's.
SqlResult<std::optional<HostPort>> registered_address(Session& session,
                                                      const std::optional<HostPort>& unregistered) {
    constexpr std::size_t kHost = 2;
    const auto own = session.query(statement::kOwnRegistration);
    if (!own) {
        return tl::unexpected(own.error());
    }
    if (own->empty() || own->is_true(0, 0)) {
        return std::optional<HostPort>();
    }
    if (!own->is_null(0, kHost)) {
        return std::optional(address_at(*own, 0, kHost));
    }
    return integer_at(*own, 0, 1) == 0 ? unregistered : std::nullopt;
}

// "connection to the remote node postgres@c:5432 failed with the following error: FATAL: ..."
std::string cause_of(const std::string& warning) {
    constexpr std::string_view kBefore = "with the following error: ";
    const std::string text = one_line(warning);
    const auto at = text.find(kBefore);
    return at == std::string::npos ? text : text.substr(at + kBefore.size());
}

SqlResult<bool> has_certificates(Session& session) {
    const auto conninfo = session.query(statement::kNodeConninfo);
    if (!conninfo) {
        return tl::unexpected(conninfo.error());
    }
    return conninfo->at(0, 0).find("sslcert") != std::string::npos;
}

SqlResult<std::optional<OwnConnectionFailure>> try_once(
    Session& session, const std::string& user, const std::optional<HostPort>& unregistered) {
    const auto address = registered_address(session, unregistered);
    if (!address) {
        return tl::unexpected(address.error());
    }
    if (!*address) {
        return std::optional<OwnConnectionFailure>();
    }
    const auto reached = session.query(statement::kReachesNode,
                                       {(*address)->host, std::to_string((*address)->port)});
    if (!reached) {
        return tl::unexpected(reached.error());
    }
    if (!reached->empty() && reached->is_true(0, 0)) {
        return std::optional<OwnConnectionFailure>();
    }
    const auto certificates = has_certificates(session);
    return std::optional(OwnConnectionFailure{**address, user, cause_of(reached->last_warning),
                                              certificates.value_or(false)});
}

}  // namespace

Result<std::optional<OwnConnectionFailure>> connect_to_own_node(
    Connector& connector, const ConnectionTarget& target,
    const std::optional<HostPort>& unregistered) {
    const auto session = connector.connect(target);
    if (!session) {
        return fail(ExitCode::unavailable, session.error().text());
    }
    return connect_to_own_node(**session, target.user, unregistered);
}

Result<std::optional<OwnConnectionFailure>> connect_to_own_node(
    Session& session, const std::string& user, const std::optional<HostPort>& unregistered) {
    auto tried = try_once(session, user, unregistered);
    if (tried) {
        return *std::move(tried);
    }
    const std::string& state = tried.error().sqlstate;
    if (state == sqlstate::kUndefinedFunction || state == sqlstate::kUndefinedTable) {
        return std::optional<OwnConnectionFailure>();
    }
    return fail(ExitCode::unavailable,
                "cannot ask Citus whether it reaches this node: " + tried.error().text());
}

std::string to_string(const OwnConnectionFailure& failure) {
    const std::string cause = one_line(failure.cause);
    return fmt::format(
        "Citus cannot connect to its own node at {} as \"{}\"{}{}. Until then VACUUM of a "
        "distributed table, repartition joins and run_command_on_all_nodes() fail. {}",
        failure.address.text(), failure.user, cause.empty() ? "" : ": ", cause, remedy_of(failure));
}

}  // namespace citus_init::citus
