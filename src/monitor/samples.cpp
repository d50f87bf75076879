#include "citus_init/monitor/samples.h"

#include <chrono>

#include "citus_init/metrics/named_metric.h"

#include "monitor/server_samples.h"

namespace citus_init::monitor {

namespace {

using metrics::SampleSet;
using namespace metrics::literals;

void add_collection(SampleSet& samples, std::string_view part, const Collection& collection,
                    WallTime now) {
    const bool succeeded = collection.sqlstate.empty();
    samples.add("citus_init_collection_success"_metric, succeeded ? 1 : 0, {part});
    samples.add("citus_init_collection_duration_seconds"_metric, collection.took->count(), {part});
    samples.add("citus_init_collection_failures_total"_metric,
                static_cast<double>(collection.failures), {part});
    if (collection.taken_at) {
        samples.add("citus_init_collection_age_seconds"_metric,
                    Seconds(now - *collection.taken_at).count(), {part});
    }
    if (!succeeded) {
        samples.add("citus_init_collection_error"_metric, 1, {part, collection.sqlstate});
    }
}

}  // namespace

void add_samples(SampleSet& samples, const Snapshot& snapshot, WallTime now) {
    add_server_samples(samples, snapshot.server);
    if (snapshot.cluster) {
        add_cluster_samples(samples, *snapshot.cluster);
    }
    for_each_collection(snapshot, [&](std::string_view part, const Collection& collection) {
        add_collection(samples, part, collection, now);
    });
    samples.add("citus_init_collection_passes_total"_metric, static_cast<double>(snapshot.passes));
}

SampleSet samples_of(const Snapshot& snapshot, WallTime now) {
    SampleSet samples;
    add_samples(samples, snapshot, now);
    return samples;
}

SampleSet samples_of(const status::NodeStatus& status, WallTime now) {
    SampleSet samples;
    add_samples(samples, status, now);
    return samples;
}

}  // namespace citus_init::monitor
