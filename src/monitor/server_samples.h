#pragma once

#include <optional>

#include "citus_init/metrics/sample_set.h"
#include "citus_init/monitor/cluster_snapshot.h"
#include "citus_init/monitor/server_snapshot.h"

namespace citus_init::monitor {

// Nothing where there is no value.
inline void add_if(metrics::SampleSet& samples, const metrics::Metric& metric,
                   const std::optional<double>& value) {
    if (value) {
        samples.add(metric, *value);
    }
}

void add_server_samples(metrics::SampleSet& samples, const ServerSnapshot& server);
void add_cluster_samples(metrics::SampleSet& samples, const ClusterSnapshot& cluster);

}  // namespace citus_init::monitor
