#pragma once

#include "citus_init/metrics/sample_set.h"
#include "citus_init/monitor/cluster_snapshot.h"
#include "citus_init/monitor/server_snapshot.h"

namespace citus_init::monitor {

void add_server_samples(metrics::SampleSet& samples, const ServerSnapshot& server);
void add_cluster_samples(metrics::SampleSet& samples, const ClusterSnapshot& cluster);

}  // namespace citus_init::monitor
