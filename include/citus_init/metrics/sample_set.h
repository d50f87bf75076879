#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "citus_init/metrics/metric.h"

namespace citus_init::metrics {

struct Sample {
    double value;
    std::string labels;  // as both formats write them: {a="b",c="d"}, "" = none
};

struct Family {
    const Metric* metric;
    std::vector<Sample> samples;
};

// What one exposition consists of. Not thread-safe.
class SampleSet {
  public:
    // `labels`: the values, in the order of the metric's label names. Invalid UTF-8 in them is
    // replaced by U+FFFD. A series that is there already, and a wrong number of values, are a fault
    // of the caller: nothing is added, problems() tells. Prometheus would drop such a series
    // without a message.
    void add(const Metric& metric, double value,
             std::initializer_list<std::string_view> labels = {});

    // In the order in which their first samples were added.
    const std::vector<Family>& families() const { return families_; }
    std::size_t size() const { return series_.size(); }
    // One line each; empty in every working program.
    const std::vector<std::string>& problems() const { return problems_; }

  private:
    Family& family(const Metric& metric);

    std::vector<Family> families_;
    std::unordered_set<std::string> series_;  // name and labels
    std::vector<std::string> problems_;
};

}  // namespace citus_init::metrics
