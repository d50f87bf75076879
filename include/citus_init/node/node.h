#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus_init/citus/installation.h"
#include "citus_init/postgres/init_files.h"
#include "citus_init/postgres/lifecycle.h"
#include "citus_init/postgres/lock.h"
#include "citus_init/postgres/node_marker.h"
#include "citus_init/postgres/restore_record.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/render/server_arguments.h"
#include "citus_init/settings/load.h"
#include "citus_init/status/condition.h"

namespace citus_init::node {

// Whether the node may act as the member of a cluster that its data directory says it was
// (citus/place.h). Always so for a new directory and for a node without others.
struct Place {
    bool is_open = true;       // clients are let in over the network
    bool is_confirmed = true;  // Citus' maintenance may act on other nodes
    bool is_refused = false;
    status::Condition condition{};  // why it is not open
    bool operator==(const Place&) const = default;
};

// Of a member of a Patroni cluster that is restored as a node without Patroni (ADR 87).
enum class HandOver {
    none,           // no such member
    when_restored,  // it ends once it is restored: Patroni starts its server then
    restored,       // that has happened, and the record is still there
    asks_again,     // it ended to learn where the coordinator is
};

// Everything that was decided before the supervisor starts, and what it learns later.
struct Node {
    settings::Settings settings;
    settings::Environment environment;         // the container's, NAME_FILE replaced by NAME
    std::vector<std::string> given_arguments;  // the server's, as they came
    render::ServerArguments arguments;         // the same, understood
    std::string bin_directory;
    int postgres_major = 0;
    citus::CitusInstallation citus;           // empty without Citus
    std::vector<std::string> output_plugins;  // see output_plugins()
    std::string data_directory;
    std::string node_name;
    std::string program;                                 // how to run ourselves again
    std::vector<std::string> out_of_memory_environment;  // for the postmaster
    std::string log_token;  // for render::mark_log_lines(), "" = the log is no JSON

    postgres::lifecycle::Plan plan;
    postgres::DataDirectoryLock lock;
    postgres::NodeMarker marker;            // as it is to be
    postgres::NodeMarker marker_on_disk;    // as it is
    std::string fingerprint;                // of the configuration that this start uses
    std::optional<render::GucStack> stack;  // as last read from settings and files
    bool stack_is_current = false;          // nothing has run since that could have changed it
    bool bootstrapped = false;              // by this very process, or about to be
    bool is_template_copy = false;          // what a first start made, instead of initdb
    bool has_pgpass = false;
    bool hba_is_ours = false;  // the server was started with our pg_hba.conf: it has to stay there
    std::vector<std::string> peer_addresses;      // as the agent found them
    std::optional<render::KnownWorkers> workers;  // a coordinator's, as the agent found them
    Place place;
    std::optional<postgres::RestoreRecord> restore;  // while it is being restored
    HandOver hand_over = HandOver::none;
    status::Condition unfit;  // why clients must not use this node; as the agent reported it
    std::optional<postgres::InitFilesLaunch> init_files;  // while the init scripts run

    // From postmaster.pid of the running server; before that the usual ones.
    int server_port = 5432;
    std::string socket_directory = "/var/run/postgresql";

    std::string role_name() const;
};

}  // namespace citus_init::node
