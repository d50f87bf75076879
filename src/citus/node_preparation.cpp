#include "citus_init/citus/node_preparation.h"

#include <memory>
#include <utility>

#include <fmt/core.h>

#include "citus_init/citus/cluster.h"
#include "citus_init/citus/sql_failure.h"
#include "citus_init/citus/sqlstate.h"

#include "citus/extension_steps.h"
#include "citus/statements.h"

namespace citus_init::citus {

namespace {

Result<ServerFacts> server_facts(Session& session, const std::string& database) {
    auto facts = read_server_facts(session);
    if (!facts) {
        return fail(sql_failure(fmt::format("cannot examine the database \"{}\"", database),
                                facts.error()));
    }
    return *facts;
}

Status require_loaded_library(const ServerFacts& facts) {
    if (facts.citus_preloaded) {
        return {};
    }
    return fail(
        ExitCode::data_directory,
        "the server runs without citus in shared_preload_libraries although CITUS_ENABLE is "
        "true: a distributed table would look empty. Remove the setting of "
        "shared_preload_libraries that leaves citus out");
}

// A name that only this machine understands would be handed to the workers.
Status require_reachable_name(const NodeSpec& spec) {
    if (!spec.workers_wanted || (spec.address.host != "localhost" && !spec.address.host.empty())) {
        return {};
    }
    return fail(ExitCode::config,
                fmt::format("CITUS_NODE_HOST: \"{}\" cannot be the coordinator's name while "
                            "CITUS_WORKERS is set, because workers connect to it. Set it to a name "
                            "that resolves on every node",
                            spec.address.host));
}

// The row that citus_set_coordinator_host makes may hold no shards, and without workers nothing
// else could: create_distributed_table would fail with 22023. Not once workers exist, though: from
// then on it is the operator's decision.
Status take_coordinator_role(Session& session, const NodeSpec& spec, const Cluster& cluster,
                             Preparation& result) {
    const HostPort& address = spec.socket ? *spec.socket : spec.address;
    const auto changed = ensure_coordinator_address(session, cluster, address);
    if (!changed) {
        return fail(sql_failure(
            fmt::format("cannot register the coordinator as {}", address.text()), changed.error()));
    }
    if (*changed && !spec.socket) {
        result.changes.push_back(
            fmt::format("registered the coordinator as {}", spec.address.text()));
    }
    const bool has_shards = cluster.coordinator && cluster.coordinator->should_have_shards;
    if (spec.workers_wanted || has_shards) {
        return {};
    }
    const auto allowed = session.query(statement::kLetCoordinatorHaveShards,
                                       {address.host, std::to_string(address.port)});
    if (!allowed) {
        return fail(sql_failure("cannot let the coordinator hold shards", allowed.error()));
    }
    result.changes.emplace_back("let the coordinator hold shards, as there are no workers");
    return {};
}

// Nothing to do when the version of the last finished upgrade is the extension's. With workers, it
// has to wait for theirs, so it is the registration's to call.
Status finish_upgrade(Session& session, const Preparation& result) {
    const auto finished_before = parse_extension_version(result.membership->last_upgrade_version);
    if (finished_before == result.server.extension) {
        return {};
    }
    if (const auto finished = session.query(statement::kFinishUpgrade); !finished) {
        return fail(sql_failure("citus_finish_citus_upgrade() failed", finished.error()));
    }
    return {};
}

Status prepare_lone_coordinator(Session& session, const NodeSpec& spec, Preparation& result) {
    const auto cluster = read_cluster(session);
    if (!cluster) {
        return fail(sql_failure("cannot read pg_dist_node", cluster.error()));
    }
    if (!cluster->workers.empty()) {
        return {};
    }
    CITUS_INIT_TRY(finish_upgrade(session, result));
    return take_coordinator_role(session, spec, *cluster, result);
}

// invalid_authorization_specification at the login, invalid_parameter_value of SET ROLE.
bool is_missing_role(const ConnectionTarget& target, const SqlError& error) {
    return (error.sqlstate == sqlstate::kInvalidAuthorizationSpecification ||
            error.sqlstate == sqlstate::kInvalidParameterValue) &&
           error.message.find(fmt::format("\"{}\" does not exist", target.user)) !=
               std::string::npos;
}

// `before`: the superuser of this data directory as far as it is known.
Error missing_role(const ConnectionTarget& target, const std::string& before) {
    const std::string user = before.empty() || before == target.user ? "" : before;
    return {
        ExitCode::data_directory,
        fmt::format("POSTGRES_USER is \"{0}\", but the data directory has no such role{1}: "
                    "POSTGRES_USER counts only when the directory is made. Set POSTGRES_USER{2}, "
                    "and to change it, CREATE ROLE {3} SUPERUSER LOGIN first",
                    target.user, user.empty() ? "" : fmt::format("; it has \"{}\"", user),
                    user.empty() ? " back to what it was then" : "=" + user,
                    quote_identifier(target.user))};
}

Error cannot_connect(Connector& connector, const ConnectionTarget& target, const SqlError& error) {
    if (error.sqlstate == sqlstate::kObjectNotInPrerequisiteState) {
        return {ExitCode::unavailable, refusal_text(connector, target)};
    }
    Error failure = sql_failure(
        fmt::format(R"(cannot connect to the database "{}" as "{}")", target.database, target.user),
        error);
    if (is_missing_role(target, error)) {
        failure.code = ExitCode::unavailable;
        failure.message += ". " + missing_role(target, "").message;
    } else if (is_refused_login(error)) {
        failure.message +=
            ". Set POSTGRES_PASSWORD to the password that this role has in the data directory, or "
            "let pg_hba.conf take it from the local socket (local all all peer)";
    }
    return failure;
}

Result<std::unique_ptr<Session>> open(Connector& connector, const ConnectionTarget& target) {
    auto session = connector.connect(target);
    if (!session) {
        return fail(cannot_connect(connector, target, session.error()));
    }
    return std::move(*session);
}

// To a database that initdb makes. Either may have been dropped since.
Result<std::unique_ptr<Session>> open_maintenance(Connector& connector, ConnectionTarget target) {
    target.database = "postgres";
    auto session = connector.connect(target);
    if (!session && session.error().sqlstate == sqlstate::kInvalidCatalogName) {
        target.database = "template1";
        session = connector.connect(target);
    }
    if (!session) {
        return fail(cannot_connect(connector, target, session.error()));
    }
    return std::move(*session);
}

Error gone(CitusLoss loss, const ConnectionTarget& target) {
    return Error{ExitCode::data_directory, to_string(loss, target.database)};
}

// The library is loaded, and the extension there where the node has had it.
Status require_citus(const NodeSpec& spec, const ServerFacts& facts,
                     const ConnectionTarget& target) {
    CITUS_INIT_TRY(require_loaded_library(facts));
    return spec.has_had_citus && !facts.extension ? fail(gone(CitusLoss::extension, target))
                                                  : Status();
}

struct CitusDatabase {
    std::string name;
    ExtensionVersion extension;
};

// The first database but `server`'s own that has the extension.
Result<std::optional<CitusDatabase>> find_other_citus(Session& session, Connector& connector,
                                                      const ConnectionTarget& server) {
    const auto names = session.query(statement::kConnectableDatabases);
    if (!names) {
        return fail(sql_failure("cannot read pg_database", names.error()));
    }
    for (std::size_t row = 0; row < names->values.size(); ++row) {
        ConnectionTarget other = server;
        other.database = names->at(row, 0);
        if (other.database == server.database) {
            continue;
        }
        auto opened = open(connector, other);
        if (!opened) {
            return fail(opened.error());
        }
        const auto here = server_facts(**opened, other.database);
        if (!here) {
            return fail(here.error());
        }
        if (here->extension) {
            return std::optional(CitusDatabase{other.database, *here->extension});
        }
    }
    return std::optional<CitusDatabase>();
}

// What the marker would have shown: a second Citus database is empty, and looks healthy.
Status refuse_second_citus(Connector& connector, const ConnectionTarget& target,
                           const NodeSpec& spec) {
    if (!spec.refuse_second_citus) {
        return {};
    }
    auto session = open_maintenance(connector, target);
    if (!session) {
        return fail(session.error());
    }
    const auto other = find_other_citus(**session, connector, target);
    if (!other) {
        return fail(other.error());
    }
    if (!*other) {
        return {};
    }
    return fail(
        ExitCode::data_directory,
        fmt::format("CITUS_DATABASE (or POSTGRES_DB) is \"{0}\", but this data directory has "
                    "Citus in the database \"{1}\": a second one would be empty. Set "
                    "CITUS_DATABASE={1}, or CITUS_ALLOW_RECREATE=true if that is what you "
                    "want",
                    target.database, (*other)->name));
}

// As its own catalog says, whatever CITUS_ROLE and a marker that was lost say.
Status require_own_role(const NodeSpec& spec, const MembershipFacts& facts) {
    if (!spec.is_coordinator || facts.group_id == 0) {
        return {};
    }
    return fail(
        ExitCode::data_directory,
        fmt::format("the data directory is a worker's: group {} of the cluster whose "
                    "coordinator is {}, but CITUS_ROLE is coordinator. Set CITUS_ROLE=worker "
                    "and CITUS_COORDINATOR_HOST, or start this node on another data "
                    "directory and keep this one",
                    facts.group_id, facts.coordinator.empty() ? "unknown" : facts.coordinator));
}

Result<std::unique_ptr<Session>> open_or_create(Connector& connector,
                                                const ConnectionTarget& target,
                                                const NodeSpec& spec, Preparation& result) {
    auto session = connector.connect(target);
    if (session) {
        return std::move(*session);
    }
    if (is_missing_role(target, session.error())) {
        return fail(missing_role(target, spec.superuser_before));
    }
    if (session.error().sqlstate != sqlstate::kInvalidCatalogName) {
        return fail(cannot_connect(connector, target, session.error()));
    }
    if (spec.has_had_citus) {
        return fail(gone(CitusLoss::database, target));
    }
    CITUS_INIT_TRY(refuse_second_citus(connector, target, spec));
    CITUS_INIT_TRY(create_missing_databases(connector, target, {target.database}));
    result.changes.push_back(fmt::format("created the database \"{}\"", target.database));
    return open(connector, target);
}

Status prepare_extension(Connector& connector, const ConnectionTarget& target, const NodeSpec& spec,
                         std::unique_ptr<Session>& session, Preparation& result) {
    CITUS_INIT_TRY(require_citus(spec, result.server, target));
    if (!result.server.extension) {
        CITUS_INIT_TRY(refuse_second_citus(connector, target, spec));
    }
    if (result.server.in_recovery) {
        return {};
    }
    // In a fresh session, since a library that is newer than the extension refuses its update
    // after any other statement has loaded its caches (citus#3074).
    return bring_extension_up_to_date(connector, target, spec.upgrade_policy, session, result);
}

Status prepare_membership(Session& session, const ConnectionTarget& target, const NodeSpec& spec,
                          Preparation& result) {
    auto membership = read_membership_facts(session);
    if (!membership) {
        return fail(sql_failure("cannot read the Citus catalogs", membership.error()));
    }
    result.membership = *membership;
    CITUS_INIT_TRY(require_own_role(spec, *membership));
    if (membership->upgrade_is_unfinished) {
        result.waiting_for = fmt::format(
            "the database \"{}\" was upgraded by pg_upgrade, and citus_finish_pg_upgrade() was not "
            "called: its tables look empty, and what is inserted is lost. This start did not call "
            "it, since tables of \"public\" named pg_dist_* are not a superuser's: see whose they "
            "are, then SELECT citus_finish_pg_upgrade()",
            target.database);
        return {};
    }
    if (is_other_metadata(spec.server_id_before, membership->server_id)) {
        return fail(gone(CitusLoss::metadata, target));
    }
    return spec.is_coordinator && !result.server.in_recovery
               ? prepare_lone_coordinator(session, spec, result)
               : Status();
}

}  // namespace

Result<std::vector<std::string>> create_missing_databases(Connector& connector,
                                                          const ConnectionTarget& server,
                                                          const std::vector<std::string>& names) {
    auto session = open_maintenance(connector, server);
    if (!session) {
        return fail(session.error());
    }
    std::vector<std::string> created;
    for (const auto& name : names) {
        const auto found = (*session)->query(statement::kDatabaseExists, {name});
        if (!found) {
            return fail(sql_failure("cannot read pg_database", found.error()));
        }
        if (!found->empty()) {
            continue;
        }
        const auto made = (*session)->query(statement::kCreateDatabase + quote_identifier(name));
        // Somebody else was quicker, which is fine.
        if (!made && made.error().sqlstate != sqlstate::kDuplicateDatabase) {
            return fail(
                sql_failure(fmt::format("cannot create the database \"{}\"", name), made.error()));
        }
        created.push_back(name);
    }
    return created;
}

Result<Preparation> prepare_node(Connector& connector, const ConnectionTarget& target,
                                 const NodeSpec& spec) {
    CITUS_INIT_TRY(require_reachable_name(spec));
    Preparation result;
    auto session = open_or_create(connector, target, spec, result);
    if (!session) {
        return fail(session.error());
    }
    auto before = server_facts(**session, target.database);
    if (!before) {
        return fail(before.error());
    }
    result.server = *before;
    CITUS_INIT_TRY(prepare_extension(connector, target, spec, *session, result));
    if (result.server.extension && result.waiting_for.empty()) {
        CITUS_INIT_TRY(prepare_membership(**session, target, spec, result));
    }
    if (result.server.extension == before->extension) {
        result.session = std::move(*session);
    }
    return result;
}

bool is_other_metadata(const std::string& before, const std::string& now) {
    return !before.empty() && !now.empty() && before != now;
}

// Dropped, or renamed. An empty one in its place would look like a healthy node.
std::string to_string(CitusLoss loss, const std::string& database) {
    if (loss == CitusLoss::metadata) {
        return fmt::format(
            "the extension citus of the database \"{}\" was dropped and created anew: the "
            "cluster's metadata is gone. Restore it from a backup; a restart with "
            "CITUS_ALLOW_RECREATE=true goes on with the empty one",
            database);
    }
    return loss == CitusLoss::none
               ? ""
               : fmt::format(
                     "{} \"{}\" is gone: this data directory had it, and with it the cluster's "
                     "metadata. Restore it from a backup, or undo its renaming; "
                     "CITUS_ALLOW_RECREATE=true makes an empty one instead",
                     loss == CitusLoss::database ? "the Citus database"
                                                 : "the extension citus of the database",
                     database);
}

Result<DatabaseState> probe_database(Connector& connector, const ConnectionTarget& target) {
    ConnectionTarget as_clients = target;
    as_clients.options[kKeepReadOnlyDefault] = "on";
    auto session = connector.connect(as_clients);
    DatabaseState state;
    if (!session && session.error().sqlstate == sqlstate::kInvalidCatalogName) {
        state.gone = CitusLoss::database;
        return state;
    }
    if (!session && session.error().sqlstate == sqlstate::kObjectNotInPrerequisiteState) {
        state.access.closed = refusal_text(connector, target);
        return state;
    }
    if (!session && session.error().sqlstate == sqlstate::kConnectionFailure) {
        state.unresponsive = session.error().message;
        return state;
    }
    if (!session && session.error().sqlstate == sqlstate::kTooManyConnections) {
        state.slots_taken = session.error().message;
        return state;
    }
    if (!session) {
        return fail(ExitCode::unavailable,
                    cannot_connect(connector, target, session.error()).message);
    }
    const auto facts = server_facts(**session, target.database);
    if (!facts) {
        return fail(ExitCode::unavailable, facts.error().message);
    }
    state.gone = facts->extension ? CitusLoss::none : CitusLoss::extension;
    state.server_id = facts->extension ? read_server_id(**session).value_or("") : "";
    state.access = client_access(**session, target.database).value_or(ClientAccess());
    state.session = std::move(*session);
    return state;
}

Status refuse_unloaded_citus(Connector& connector, const ConnectionTarget& server) {
    auto session = open(connector, server);
    if (!session) {
        return fail(session.error());
    }
    const auto facts = server_facts(**session, server.database);
    if (!facts) {
        return fail(facts.error());
    }
    if (facts->citus_preloaded) {
        return {};
    }
    auto citus = facts->extension ? Result<std::optional<CitusDatabase>>(
                                        CitusDatabase{server.database, *facts->extension})
                                  : find_other_citus(**session, connector, server);
    if (!citus) {
        return fail(citus.error());
    }
    if (!*citus) {
        return {};
    }
    return fail(ExitCode::data_directory,
                fmt::format("the database \"{}\" has the extension citus {}, but the server "
                            "runs without the citus library: its distributed tables would "
                            "look empty and take writes that are lost to the cluster. Set "
                            "CITUS_ENABLE=true, or, to go on without Citus at your own "
                            "risk, CITUS_ALLOW_DISABLE=true",
                            (*citus)->name, (*citus)->extension.text()));
}

}  // namespace citus_init::citus
