#include "citus_init/metrics/exposition.h"

#include <cmath>

#include <fmt/core.h>

namespace citus_init::metrics {

namespace {

std::string value_text(double value) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value > 0 ? "+Inf" : "-Inf";
    }
    return fmt::format("{}", value);
}

std::string_view type_in_text_format(Type type) {
    switch (type) {
        case Type::unknown:
            return "untyped";
        case Type::info:
            return "gauge";
        case Type::gauge:
        case Type::counter:
            return type_name(type);
    }
    return "";
}

// A metric's help needs no escapes: metric_test.cpp.
std::string header(const Metric& metric, Format format) {
    const bool is_text = format == Format::text;
    const std::string_view name = is_text ? metric.name : family_name(metric);
    std::string text =
        fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, metric.help, name,
                    is_text ? type_in_text_format(metric.type) : type_name(metric.type));
    if (!is_text && metric.unit != Unit::none) {
        text += fmt::format("# UNIT {} {}\n", name, unit_name(metric.unit));
    }
    return text;
}

}  // namespace

std::string_view content_type(Format format) {
    return format == Format::text ? "text/plain; version=0.0.4; charset=utf-8"
                                  : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

std::string write_exposition(const SampleSet& samples, Format format) {
    std::string text;
    text.reserve(samples.size() * 80 + 4096);
    for (const Family& family : samples.families()) {
        text += header(*family.metric, format);
        for (const Sample& sample : family.samples) {
            text += family.metric->name;
            text += sample.labels;
            text += ' ';
            text += value_text(sample.value);
            text += '\n';
        }
    }
    if (format == Format::openmetrics) {
        text += "# EOF\n";
    }
    return text;
}

}  // namespace citus_init::metrics
