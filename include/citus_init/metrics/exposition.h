#pragma once

#include <string>
#include <string_view>

#include "citus_init/metrics/sample_set.h"

namespace citus_init::metrics {

enum class Format {
    text,         // Prometheus' text format 0.0.4
    openmetrics,  // OpenMetrics 1.0.0
};

// The value of Content-Type.
std::string_view content_type(Format format);

// Which format a request's Accept header prefers: by q, then by the more exact range, then by the
// order of the header. `text` where there is no header ("") or none of both is acceptable: a
// scraper that asks for a later version reads the text format still. Pure, for any bytes.
Format negotiate_format(std::string_view accept);

// The whole body. Pure.
std::string write_exposition(const SampleSet& samples, Format format);

}  // namespace citus_init::metrics
