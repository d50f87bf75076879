#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace citus_init::metrics {

enum class Type {
    gauge,
    counter,  // its name ends in _total
    unknown,  // a counter by its nature, whose name is postgres_exporter's and has no _total
    info,     // labels only, its value is 1; its name ends in _info
};

// A base unit, which is the last word of the name, before a counter's _total.
enum class Unit { none, seconds, bytes, ratio };

// Whose state a metric is: a section of docs/metrics.md.
enum class Subject { node, collector, server, cluster, ha };

struct Metric {
    std::string_view name;
    Type type;
    Unit unit;
    Subject subject;
    std::string_view help;                     // one sentence
    std::array<std::string_view, 4> labels{};  // names, in the order of their values

    constexpr std::size_t label_count() const {
        std::size_t count = 0;
        while (count < labels.size() && !labels.at(count).empty()) {
            ++count;
        }
        return count;
    }
};

// Every metric there is, once, by subject: the tables in the headers beside this one.
std::span<const Metric> all_metrics();

// nullptr: there is none of that name.
const Metric* find_metric(std::string_view name);

// "unknown", as OpenMetrics has it.
std::string_view type_name(Type type);
// "seconds"; "" = none.
std::string_view unit_name(Unit unit);

// The name of the family in OpenMetrics: without a counter's _total, an info's _info.
std::string_view family_name(const Metric& metric);

// docs/metrics.md, made from the tables.
std::string reference_markdown();

}  // namespace citus_init::metrics
