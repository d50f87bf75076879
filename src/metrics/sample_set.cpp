#include "citus_init/metrics/sample_set.h"

#include <algorithm>

#include <fmt/core.h>

#include "citus_init/base/utf8.h"

namespace citus_init::metrics {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Prometheus' scanner takes a NUL for the end of its input.
void append_escaped(std::string& text, std::string_view value) {
    while (!value.empty()) {
        const std::size_t length = utf8_length(value);
        const std::string_view character = value.substr(0, std::max<std::size_t>(length, 1));
        if (length == 0 || character.front() == '\0') {
            text += kReplacement;
        } else if (character == "\n") {
            text += R"(\n)";
        } else {
            if (character == "\\" || character == "\"") {
                text += '\\';
            }
            text += character;
        }
        value.remove_prefix(character.size());
    }
}

std::string label_block(const Metric& metric, std::initializer_list<std::string_view> values) {
    std::string block;
    const auto* name = metric.labels.begin();
    for (const auto value : values) {
        block += block.empty() ? '{' : ',';
        block += *name++;
        block += "=\"";
        append_escaped(block, value);
        block += '"';
    }
    return block.empty() ? block : block + '}';
}

}  // namespace

Family& SampleSet::family(const Metric& metric) {
    const auto found = std::find_if(families_.rbegin(), families_.rend(), [&](const Family& one) {
        return one.metric->name == metric.name;
    });
    return found != families_.rend() ? *found : families_.emplace_back(Family{&metric, {}});
}

void SampleSet::add(const Metric& metric, double value,
                    std::initializer_list<std::string_view> labels) {
    if (labels.size() != metric.label_count()) {
        problems_.push_back(fmt::format("{}: {} label values for {} labels", metric.name,
                                        labels.size(), metric.label_count()));
        return;
    }
    std::string block = label_block(metric, labels);
    std::string series = std::string(metric.name) + block;
    if (!series_.insert(series).second) {
        problems_.push_back(fmt::format("{}: added twice", series));
        return;
    }
    family(metric).samples.push_back({value, std::move(block)});
}

}  // namespace citus_init::metrics
