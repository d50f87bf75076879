#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "citus_init/metrics/cluster_metrics.h"
#include "citus_init/metrics/metric.h"
#include "citus_init/metrics/node_metrics.h"
#include "citus_init/metrics/server_metrics.h"

namespace citus_init::metrics {

namespace detail {

constexpr const Metric* find_in(std::span<const Metric> table, std::string_view name) {
    for (const Metric& metric : table) {
        if (metric.name == name) {
            return &metric;
        }
    }
    return nullptr;
}

inline constexpr std::array kTables{
    std::span<const Metric>(kNodeMetrics), std::span<const Metric>(kHaMetrics),
    std::span<const Metric>(kCollectorMetrics), std::span<const Metric>(kServerMetrics),
    std::span<const Metric>(kClusterMetrics)};

constexpr const Metric* find_in_tables(std::string_view name) {
    for (const auto table : kTables) {
        if (const Metric* found = find_in(table, name); found != nullptr) {
            return found;
        }
    }
    return nullptr;
}

}  // namespace detail

inline namespace literals {

// "pg_up"_metric: a name that no table declares does not compile.
consteval const Metric& operator""_metric(const char* name, std::size_t length) {
    return *detail::find_in_tables({name, length});
}

}  // namespace literals

}  // namespace citus_init::metrics
