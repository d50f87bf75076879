#pragma once

#include <optional>
#include <string>
#include <vector>

#include "citus_init/backup/configuration.h"
#include "citus_init/node/node.h"
#include "citus_init/postgres/node_marker.h"
#include "citus_init/render/guc_stack.h"
#include "citus_init/settings/problem.h"
#include "citus_init/settings/settings.h"

namespace citus_init::node {

// What CITUS_BACKUP makes of a node (ADR 74).

// What pgbackrest.conf names of this node's own files.
backup::LocalFiles local_backup_files(const settings::Settings& settings);

// The group whose stanza a node archives to, by its settings and what its data directory says: 0
// for all but workers, Patroni's by its settings alone. None without CITUS_BACKUP, and for a worker
// that has not joined yet. Pure.
std::optional<int> group_to_archive(const settings::Settings& settings,
                                    const std::optional<postgres::NodeMarker>& marker);
// The same of a node that runs; none also until its place in the cluster is confirmed: a copy of a
// member would write to the member's stanza. Pure.
std::optional<int> group_to_archive(const Node& node);

// The text of pgbackrest.conf; none without CITUS_BACKUP. After the stack was read. Pure.
std::optional<Secret> pgbackrest_configuration(const Node& node, const render::GucStack& stack);
// The same for people, without its secrets.
std::optional<std::string> shown_pgbackrest_configuration(const settings::Settings& settings,
                                                          const render::GucStack& stack,
                                                          std::optional<int> group);

// With CITUS_BACKUP: whether there is a pgBackRest in `path` (PATH), and whether it knows that
// major version of PostgreSQL. Runs it for its version, and blocks until it has ended, 20 s at
// most: for verbs, and for PID 1 before it has children.
std::vector<settings::Problem> problems_of_pgbackrest(const settings::Settings& settings,
                                                      int postgres_major, const std::string& path);

}  // namespace citus_init::node
