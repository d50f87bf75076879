#include "web/metrics_page.h"

#include <chrono>
#include <string>

#include "citus_init/base/disk_space.h"
#include "citus_init/metrics/exposition.h"
#include "citus_init/metrics/named_metric.h"
#include "citus_init/monitor/samples.h"

namespace citus_init::web {

namespace {

using metrics::SampleSet;
using namespace metrics::literals;

void add_listener(SampleSet& samples, const http::Server::Counters& listener) {
    samples.add("citus_init_http_connections"_metric, static_cast<double>(listener.connections));
    samples.add("citus_init_http_streams"_metric, static_cast<double>(listener.streams));
    samples.add("citus_init_http_requests_total"_metric, static_cast<double>(listener.requests));
    samples.add("citus_init_http_evictions_total"_metric, static_cast<double>(listener.evicted));
}

void add_disk(SampleSet& samples, const std::string& data_directory) {
    const auto space = disk_space(data_directory);
    if (!data_directory.empty() && space) {
        samples.add("citus_init_disk_free_bytes"_metric, static_cast<double>(space->free));
        samples.add("citus_init_disk_size_bytes"_metric, static_cast<double>(space->total));
    }
}

}  // namespace

http::ServerResponse metrics_page(std::string_view accept, const status::NodeStatus& status,
                                  const monitor::Snapshot& snapshot,
                                  const http::Server::Counters& listener,
                                  std::uint64_t dropped_lines) {
    const auto format = metrics::negotiate_format(accept);
    const auto now = std::chrono::system_clock::now();
    SampleSet samples = monitor::samples_of(status, now);
    monitor::add_samples(samples, snapshot, now);
    add_listener(samples, listener);
    samples.add("citus_init_log_lines_dropped_total"_metric, static_cast<double>(dropped_lines));
    add_disk(samples, status.data_directory);
    http::ServerResponse response;
    response.content_type = metrics::content_type(format);
    response.body = metrics::write_exposition(samples, format);
    return response;
}

}  // namespace citus_init::web
