// collect_metrics SOCKET_DIRECTORY PORT DATABASE USER INTERVAL_MS [citus [tables]]: runs the
// collector, for tests. For each line on stdin, the Accept header of a request, it prints the
// Content-Type and the body of an answer, then "# END".

#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>

#include <fmt/core.h>

#include "citus_init/base/text.h"
#include "citus_init/libpq/connector.h"
#include "citus_init/metrics/exposition.h"
#include "citus_init/monitor/collector.h"
#include "citus_init/monitor/samples.h"

namespace citus_init {
namespace {

constexpr int kMostMilliseconds = 3'600'000;

int run(int count, char** arguments) {
    const auto port = count >= 6 ? parse_integer(arguments[2], 1, 65535) : std::nullopt;
    const auto interval =
        count >= 6 ? parse_integer(arguments[5], 1, kMostMilliseconds) : std::nullopt;
    const auto connector = libpq::load_connector();
    if (!port || !interval || !connector) {
        fmt::print(stderr,
                   "usage: collect_metrics SOCKET_DIRECTORY PORT DATABASE USER INTERVAL_MS "
                   "[citus [tables]]; needs libpq\n");
        return 1;
    }
    monitor::Sources sources;
    sources.connector = connector->get();
    sources.local.host = arguments[1];
    sources.local.port = static_cast<std::uint16_t>(*port);
    sources.local.database = arguments[3];
    sources.local.user = arguments[4];
    sources.node = sources.local;
    sources.has_citus = count > 6;
    sources.each_table = count > 7;
    sources.interval = std::chrono::milliseconds(*interval);
    monitor::Collector collector;
    collector.start(sources);
    for (std::string line; std::getline(std::cin, line);) {
        const auto format = metrics::negotiate_format(line);
        const auto samples =
            monitor::samples_of(*collector.snapshot(), std::chrono::system_clock::now());
        fmt::print("{}\n{}# END\n", metrics::content_type(format),
                   metrics::write_exposition(samples, format));
        std::fflush(stdout);
        for (const std::string& problem : samples.problems()) {
            fmt::print(stderr, "{}\n", problem);
        }
    }
    collector.stop();
    return 0;
}

}  // namespace
}  // namespace citus_init

int main(int count, char** arguments) {
    return citus_init::run(count, arguments);
}
