#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "citus_init/citus/session.h"
#include "citus_init/monitor/cluster_snapshot.h"

#include "monitor/cluster_reader.h"
#include "monitor/schedule.h"

namespace citus_init::monitor {

// `target` with the limits of the collector.
citus::ConnectionTarget with_limits(citus::ConnectionTarget target);

// A session that statements of ours may run on; nullptr: `collection` has why not.
std::unique_ptr<citus::Session> open_session(citus::Connector& connector,
                                             const citus::ConnectionTarget& target, bool has_citus,
                                             Collection& collection);

// A node, and what is known of it.
struct NodeProbe {
    int group_id = 0;
    std::optional<ShardNames> shard_names;  // of a node that does not know its shards itself
    bool knows_its_shards = false;
    bool each_table = false;  // its sizes are read for each table
    SizeSchedule sizes;
    NodeSnapshot answer;
};

// Asks the node, for its sizes too where they are due.
void run_probe(citus::Connector& connector, const citus::ConnectionTarget& target,
               NodeProbe& probe);

}  // namespace citus_init::monitor
