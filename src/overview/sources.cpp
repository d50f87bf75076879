#include "citus_init/overview/sources.h"

namespace citus_init::overview {

monitor::Sources collector_sources(const agent::AgentContext& node) {
    monitor::Sources sources;
    sources.connector = node.connector.get();
    sources.local = node.local_target();
    sources.node = node.node_target();
    sources.has_citus = node.settings.citus.enable;
    sources.each_table = node.settings.http.metrics_tables;
    sources.interval = node.settings.http.metrics_interval;
    return sources;
}

}  // namespace citus_init::overview
