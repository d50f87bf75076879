#include <string>

#include <fmt/core.h>

#include "citus_init/metrics/metric.h"

namespace citus_init::metrics {

namespace {

constexpr std::string_view kIntroduction = R"(# Metrics

<!-- Made from the tables in include/citus_init/metrics by `citus-init docs metrics`. Do not edit. -->

`/metrics` answers in Prometheus' text format 0.0.4, or in OpenMetrics 1.0.0 where the request's Accept header prefers
it. Names are postgres_exporter's where they mean the same; a counter whose name has no `_total` there is of the type
`unknown` (`untyped` in the text format). Such a series has no label `server`: Prometheus' own `instance` names the node.

A series that is absent is not known now. A node that does not answer has `citus_node_up` 0 and no other value of its
own, and no sum leaves it out in silence. Labels are nodes, databases, states, replication slots and their receivers, and
at most 50 roles; tables only with `CITUS_METRICS_TABLES`; tenants, which are values of the distribution column, only where
`citus.stat_tenants_track` is on (a series for each that was once among the ten largest); queries never.
)";

std::string_view title(Subject subject) {
    switch (subject) {
        case Subject::node:
            return "The node";
        case Subject::collector:
            return "The collection itself";
        case Subject::server:
            return "The server";
        case Subject::cluster:
            return "The cluster, on its coordinator";
        case Subject::ha:
            return "High availability";
    }
    return "";
}

std::string row(const Metric& metric) {
    std::string labels;
    for (const auto label : metric.labels) {
        if (!label.empty()) {
            labels += fmt::format("{}`{}`", labels.empty() ? "" : ", ", label);
        }
    }
    return fmt::format("| `{}` | {} | {} | {} | {} |\n", metric.name, type_name(metric.type),
                       unit_name(metric.unit), labels, metric.help);
}

std::string table(Subject subject) {
    std::string text = fmt::format(
        "\n## {}\n\n| metric | type | unit | labels | meaning |\n|---|---|---|---|---|\n",
        title(subject));
    for (const Metric& metric : all_metrics()) {
        if (metric.subject == subject) {
            text += row(metric);
        }
    }
    return text;
}

}  // namespace

std::string reference_markdown() {
    std::string text(kIntroduction);
    for (const auto subject :
         {Subject::node, Subject::ha, Subject::collector, Subject::server, Subject::cluster}) {
        text += table(subject);
    }
    return text;
}

}  // namespace citus_init::metrics
