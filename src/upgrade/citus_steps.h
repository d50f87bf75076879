#pragma once

#include <string>
#include <vector>

#include "citus_init/base/result.h"
#include "citus_init/citus/session.h"

#include "upgrade/cluster_facts.h"

namespace citus_init::upgrade {

// citus_prepare_pg_upgrade() in each database that has Citus, on the old server: its catalogs are
// not part of the dump that pg_upgrade takes. Can be repeated.
[[nodiscard]] Status prepare_citus(citus::Connector& connector,
                                   const citus::ConnectionTarget& server,
                                   const ClusterFacts& facts);

// Takes back what prepare_citus() has done to a cluster that was not upgraded after all: its tables
// go, the aggregates that it dropped are made anew. Does nothing where it was not called.
[[nodiscard]] Status undo_prepare(citus::Connector& connector,
                                  const citus::ConnectionTarget& server, const ClusterFacts& facts);

// citus_finish_pg_upgrade() in each database that is between the two calls, on the new server.
// Until then distributed tables look empty, and rows that are inserted are lost. Returns the
// databases in which it was called. Only tables of superusers are taken for those of the first
// call: what is in them goes into the catalogs.
[[nodiscard]] Result<std::vector<std::string>> finish_citus(citus::Connector& connector,
                                                            const citus::ConnectionTarget& server,
                                                            const ClusterFacts& facts);

// The statistics of all tables of each database: the usual ones where there is little data, else
// the coarsest, so that the server is not kept from its clients for long. Of the tables here alone:
// a distributed table's are those of its shards, on their own nodes.
[[nodiscard]] Status analyze(citus::Connector& connector, const citus::ConnectionTarget& server,
                             const ClusterFacts& facts);

}  // namespace citus_init::upgrade
