#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "citus_init/metrics/exposition.h"

namespace citus_init::metrics {
namespace {

struct AcceptCase {
    std::string accept;
    Format format;
};

TEST(Negotiation, ChoosesTheFormat) {
    const std::vector<AcceptCase> cases{
        {"", Format::text},
        {"*/*", Format::text},
        {"text/plain", Format::text},
        {"text/plain;version=0.0.4", Format::text},
        {"application/openmetrics-text", Format::openmetrics},
        {"application/openmetrics-text; version=1.0.0", Format::openmetrics},
        {"application/openmetrics-text; version=\"1.0.0\"; charset=utf-8", Format::openmetrics},
        {"Application/OpenMetrics-Text;Version=1.0.0", Format::openmetrics},
        // Prometheus 2.42, 2.26, 3.0 with and without its own preference for protobuf
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
         "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         Format::openmetrics},
        {"application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         Format::text},
        {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/"
         "openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;"
         "q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
         Format::openmetrics},
        {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
         "encoding=delimited;q=0.6,text/plain;version=0.0.4;q=0.2",
         Format::text},
        {"text/plain;version=0.0.4;q=1,*/*;q=0.1", Format::text},
        // q decides, then the more exact range, then the order
        {"application/openmetrics-text;q=0.4, text/plain;q=0.5", Format::text},
        {"text/plain;q=0.4, application/openmetrics-text;q=0.5", Format::openmetrics},
        {"text/plain, application/openmetrics-text", Format::text},
        {"application/openmetrics-text, text/plain", Format::openmetrics},
        {"text/*, application/openmetrics-text", Format::openmetrics},
        {"application/openmetrics-text;q=0", Format::text},
        {"application/openmetrics-text;q=0.000, text/plain;q=0", Format::text},
        {"application/openmetrics-text;version=2.0.0", Format::text},
        {"application/*", Format::openmetrics},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
         Format::text},
        {"application/json", Format::text},
        // malformed elements ask for nothing
        {"application/openmetrics-text;q=2", Format::text},
        {"application/openmetrics-text;q=high", Format::text},
        {"application/openmetrics-text;q=0.12345", Format::text},
        {"application/openmetrics-text;q=", Format::text},
        {",,;;,=;q", Format::text},
        {"application/openmetrics-text;;charset", Format::openmetrics},
    };
    for (const AcceptCase& one : cases) {
        EXPECT_EQ(negotiate_format(one.accept), one.format) << one.accept;
    }
}

TEST(Negotiation, TakesAnyBytes) {
    EXPECT_TRUE(rc::check([](const std::string& accept) { negotiate_format(accept); }));
}

TEST(Negotiation, HasTheTypeThatBelongsToEach) {
    EXPECT_EQ(content_type(Format::text), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_EQ(content_type(Format::openmetrics),
              "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

}  // namespace
}  // namespace citus_init::metrics
