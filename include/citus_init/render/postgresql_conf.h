#pragma once

#include <array>
#include <string>
#include <vector>

#include "citus_init/render/guc_stack.h"
#include "citus_init/render/server_arguments.h"
#include "citus_init/settings/settings.h"

namespace citus_init::render {

// A file's text, and for each of its lines the place that it came from ("" for our own comments),
// so that the server's "line 12" can be reported as the variable that the user wrote.
struct RenderedConf {
    std::string text;
    std::vector<std::string> origins;

    // The origin of line `number`, counted from 1; "" for a line of our own.
    std::string origin(int number) const;
};

// The content of OwnFiles::postgresql_conf: our defaults, an include of the user's file, the YAML
// map, the block and CITUS_GUC_*, so that the last line of a name is the strongest layer. The same
// stack gives the same bytes. It may hold what the user put into a setting (a primary_conninfo
// with a password): write it with mode 0600. Pure.
RenderedConf render_postgresql_conf(const GucStack& stack);

// Recovery of prepared transactions, cancelling of backends, dropping of shards that a move left,
// queued rebalances: what Citus' maintenance daemon does to the nodes of its own pg_dist_node;
// -1 is off.
inline constexpr std::array<const char*, 4> kMaintenanceSettings{
    "citus.recover_2pc_interval", "citus.distributed_deadlock_detection_factor",
    "citus.defer_shard_delete_interval", "citus.background_task_queue_interval"};

// Lines to be put after those: Citus' maintenance daemon does nothing to other nodes, whatever the
// files before say. ALTER SYSTEM and the command line stand above; see overrides_held_back().
// `is_copied_directory`: reported to the coordinator as citus_init.directory. Pure.
std::string held_back_maintenance(bool is_copied_directory);

// A line that reports to the node's agent, as citus_init.clients, that pg_hba.conf shuts clients
// out.
inline constexpr const char* kClientsShutOut = "citus_init.clients = 'shut out'\n";

// The settings of held_back_maintenance() that a stronger layer gives, "" = none.
std::string overrides_held_back(const GucStack& stack);

// The arguments for the server, after the program's name: the data directory, our configuration
// file, the user's own words, and last what is enforced. `own_hba`: whether render_pg_hba() gave a
// file, which is then named here; `own_ident`: the same of render_pg_ident().
std::vector<std::string> server_command_arguments(const GucStack& stack,
                                                  const ServerArguments& arguments, bool own_hba,
                                                  bool own_ident = false);

}  // namespace citus_init::render
