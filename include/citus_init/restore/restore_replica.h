#pragma once

#include <string>
#include <vector>

namespace citus_init::restore {

// What Patroni calls to make a replica (`create_replica_methods`, ADR 79): fills the data directory
// from the latest base backup of the group's stanza that leads to the leader. `arguments`:
// `--NAME=VALUE`, the keys of patroni.yml's postgresql.pgbackrest and Patroni's own datadir and
// connstring, which reaches the leader. Refuses a stanza of another cluster than the leader's, and
// a base backup whose last replica never followed its leader. Exit: 0, the server can be started as
// a replica; else Patroni goes on with pg_basebackup. Blocks for as long as the copying takes.
int run_restore_replica(const std::vector<std::string>& arguments);

}  // namespace citus_init::restore
