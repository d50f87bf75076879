#include "citus_init/metrics/metric.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

#include "citus_init/metrics/named_metric.h"

namespace citus_init::metrics {

namespace {

std::string_view without_suffix(std::string_view name, std::string_view suffix) {
    return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
}

std::vector<Metric> concatenate_tables() {
    std::vector<Metric> all;
    for (const auto table : detail::kTables) {
        std::copy(table.begin(), table.end(), std::back_inserter(all));
    }
    return all;
}

}  // namespace

std::span<const Metric> all_metrics() {
    static const std::vector<Metric> all = concatenate_tables();
    return all;
}

const Metric* find_metric(std::string_view name) {
    return detail::find_in_tables(name);
}

std::string_view type_name(Type type) {
    switch (type) {
        case Type::gauge:
            return "gauge";
        case Type::counter:
            return "counter";
        case Type::unknown:
            return "unknown";
        case Type::info:
            return "info";
    }
    return "";
}

std::string_view unit_name(Unit unit) {
    switch (unit) {
        case Unit::none:
            return "";
        case Unit::seconds:
            return "seconds";
        case Unit::bytes:
            return "bytes";
        case Unit::ratio:
            return "ratio";
    }
    return "";
}

std::string_view family_name(const Metric& metric) {
    switch (metric.type) {
        case Type::counter:
            return without_suffix(metric.name, "_total");
        case Type::info:
            return without_suffix(metric.name, "_info");
        case Type::gauge:
        case Type::unknown:
            return metric.name;
    }
    return metric.name;
}

}  // namespace citus_init::metrics
