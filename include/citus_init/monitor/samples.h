#pragma once

#include "citus_init/metrics/sample_set.h"
#include "citus_init/monitor/snapshot.h"
#include "citus_init/status/node_status.h"

namespace citus_init::monitor {

// All pure. What is not known has no sample.

// Ages are of `now`.
void add_samples(metrics::SampleSet& samples, const Snapshot& snapshot, WallTime now);
metrics::SampleSet samples_of(const Snapshot& snapshot, WallTime now);

// The node's own state, its high availability and the build; what is left of the lease is of `now`.
void add_samples(metrics::SampleSet& samples, const status::NodeStatus& status, WallTime now);
metrics::SampleSet samples_of(const status::NodeStatus& status, WallTime now);

}  // namespace citus_init::monitor
