#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "citus_init/base/host_port.h"
#include "citus_init/base/result.h"
#include "citus_init/citus/client_access.h"
#include "citus_init/citus/node_facts.h"
#include "citus_init/citus/session.h"
#include "citus_init/citus/version.h"

namespace citus_init::citus {

// What a node's own database is to become. Everything below changes only what is not so already:
// running twice changes nothing.
struct NodeSpec {
    bool is_coordinator = true;
    std::string database;  // where Citus lives
    HostPort address;      // the coordinator: under which all nodes reach it
    // While the server has no network: its socket's directory and port, which the coordinator is
    // registered under meanwhile.
    std::optional<HostPort> socket;
    bool workers_wanted = false;  // the coordinator: CITUS_WORKERS names some
    UpgradePolicy upgrade_policy = UpgradePolicy::minor;
    bool has_had_citus = false;  // the database and the extension must be there: never made anew
    std::string superuser_before{};    // as the node was last prepared, "" = not known
    std::string server_id_before{};    // of the metadata that it has had: never taken for another's
    bool refuse_second_citus = false;  // where it has not: another database must not have Citus
};

// What was found and done.
struct Preparation {
    ServerFacts server;  // after the preparation
    std::optional<MembershipFacts> membership;
    std::vector<std::string> changes;   // one line each, in the past tense; empty: nothing to do
    std::vector<std::string> warnings;  // one line each, with what to do
    // "" = Citus is usable. Else why not, and what the operator has to do; the server may run on.
    std::string waiting_for;
    // On that database, without a cached connection of Citus. None where the extension was changed:
    // what a session has loaded of the one before stays.
    std::unique_ptr<Session> session;
};

// CREATE DATABASE for each name that is not there, owned by the connecting role; any characters.
// `server`: which one; its database is not read. Returns the names created.
[[nodiscard]] Result<std::vector<std::string>> create_missing_databases(
    Connector& connector, const ConnectionTarget& server, const std::vector<std::string>& names);

// Makes `target`'s database a Citus node: the database itself, extension (and citus_columnar where
// it is an extension of its own, when the database first gets Citus), update of an older extension
// as the policy allows, and for a coordinator without workers its address and its right to hold
// shards, so that create_distributed_table() works when this returns. Talks to no other node. A
// standby is only inspected. Errors: `unavailable`, when trying again may help; `data_directory`,
// when the files on disk are older than the data, the library is not loaded, or the database or the
// extension that the node has had is gone, the role of `target` does not exist, the
// extension was made anew, another database has Citus, or a coordinator's is a worker's; `config`,
// a setting or a missing package.
[[nodiscard]] Result<Preparation> prepare_node(Connector& connector, const ConnectionTarget& target,
                                               const NodeSpec& spec);

// What a node has had, and its server has no longer.
enum class CitusLoss {
    none,
    database,
    extension,
    metadata,  // the extension was dropped and made anew: pg_dist_node and the others are empty
};

// Whether it is known that these server ids are of two. A server keeps its id through updates of
// the extension and pg_upgrade; DROP and CREATE EXTENSION make another.
bool is_other_metadata(const std::string& before, const std::string& now);

// What is gone of the Citus database `database`, and the way back; "" = nothing.
std::string to_string(CitusLoss loss, const std::string& database);
// What may have changed in a running server.
struct DatabaseState {
    CitusLoss gone = CitusLoss::none;
    std::string server_id;  // of its metadata; "" = not known
    ClientAccess access;    // `closed` also where nobody at all can connect
    // Why no connection came about although none was refused; "" = the server responds.
    std::string unresponsive;
    // What the server says while all its connection slots are taken, those for superusers included.
    std::string slots_taken;
    // That found it out, if any: one as clients have it, without a cached connection of Citus.
    std::unique_ptr<Session> session;
};

// Of `target`'s database. Errors: `unavailable`, nothing could be found out: the server refuses
// this login, or starts, or stops. Blocks as the connector does.
[[nodiscard]] Result<DatabaseState> probe_database(Connector& connector,
                                                   const ConnectionTarget& target);

// A server without the library serves a database with the extension as if its distributed tables
// were empty, silently. Inspects every database that takes connections; `server` names one of
// them. Error `data_directory` with words for the user where that is so.
[[nodiscard]] Status refuse_unloaded_citus(Connector& connector, const ConnectionTarget& server);

}  // namespace citus_init::citus
