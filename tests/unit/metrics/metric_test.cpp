#include "citus_init/metrics/metric.h"

#include <cstdlib>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/base/file.h"
#include "citus_init/base/filesystem.h"
#include "citus_init/metrics/named_metric.h"

namespace citus_init::metrics {
namespace {

using namespace literals;
using testing::HasSubstr;

bool is_name(std::string_view name) {
    return !name.empty() && name.front() >= 'a' && name.front() <= 'z' &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
               std::string_view::npos;
}

TEST(MetricRegistry, DeclaresEachNameOnce) {
    std::set<std::string_view> names;
    std::set<std::string_view> families;  // of OpenMetrics
    for (const Metric& metric : all_metrics()) {
        EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
        EXPECT_TRUE(families.insert(family_name(metric)).second) << metric.name;
        EXPECT_EQ(find_metric(metric.name)->name, metric.name);
    }
    EXPECT_GE(names.size(), 100U);
    EXPECT_EQ(find_metric("pg_nothing"), nullptr);
    EXPECT_EQ("pg_up"_metric.type, Type::gauge);
}

TEST(MetricRegistry, FollowsTheRulesOfPromtool) {
    for (const Metric& metric : all_metrics()) {
        const std::string name(metric.name);
        EXPECT_TRUE(is_name(metric.name)) << name;
        EXPECT_NE(name, "up") << "replaces Prometheus' own";
        EXPECT_EQ(name.ends_with("_total"), metric.type == Type::counter) << name;
        EXPECT_EQ(name.ends_with("_info"), metric.type == Type::info) << name;
        EXPECT_FALSE(name.ends_with("_bucket") || name.ends_with("_sum")) << name;
        // promtool lets it pass for this type, which some names of postgres_exporter have.
        EXPECT_TRUE(!name.ends_with("_count") || metric.type == Type::unknown) << name;
        for (const std::string_view part :
             {"_ms", "_milliseconds", "_minutes", "_kb", "_percent"}) {
            EXPECT_FALSE(family_name(metric).ends_with(part)) << name;
        }
    }
}

TEST(MetricRegistry, HasTheUnitAsTheLastWordOfTheName) {
    for (const Metric& metric : all_metrics()) {
        for (const Unit unit : {Unit::seconds, Unit::bytes, Unit::ratio}) {
            const std::string suffix = "_" + std::string(unit_name(unit));
            EXPECT_EQ(family_name(metric).ends_with(suffix), metric.unit == unit) << metric.name;
        }
    }
}

TEST(MetricRegistry, HasTheSubjectAsTheFirstWordOfTheName) {
    for (const Metric& metric : all_metrics()) {
        const std::string_view name = metric.name;
        switch (metric.subject) {
            case Subject::node:
            case Subject::collector:
                EXPECT_TRUE(name.starts_with("citus_init_")) << name;
                break;
            case Subject::ha:
                EXPECT_TRUE(name.starts_with("citus_init_ha_")) << name;
                break;
            case Subject::server:
                EXPECT_TRUE(name.starts_with("pg_")) << name;
                break;
            case Subject::cluster:
                EXPECT_TRUE(name.starts_with("citus_") && !name.starts_with("citus_init_")) << name;
                break;
        }
    }
}

// Nothing of a help has to be escaped in either format, nor in the page.
TEST(MetricRegistry, HasPlainHelpAndLabels) {
    for (const Metric& metric : all_metrics()) {
        const std::string help(metric.help);
        EXPECT_TRUE(help.ends_with(".")) << metric.name;
        EXPECT_EQ(help.find_first_of("\\\n\r|"), std::string::npos) << metric.name;
        EXPECT_EQ(help.find('"'), std::string::npos) << metric.name;
        EXPECT_EQ(help.find("  "), std::string::npos) << metric.name;
        std::set<std::string_view> labels;
        for (std::size_t i = 0; i < metric.label_count(); ++i) {
            EXPECT_TRUE(is_name(metric.labels.at(i))) << metric.name;
            EXPECT_TRUE(labels.insert(metric.labels.at(i)).second) << metric.name;
            for (const std::string_view reserved : {"le", "quantile", "job", "instance"}) {
                EXPECT_NE(metric.labels.at(i), reserved) << metric.name;
            }
        }
    }
}

TEST(MetricsReference, IsWhatDocsHolds) {
    const std::string path = CITUS_INIT_SOURCE_DIR "/docs/metrics.md";
    if (std::getenv("UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file_atomically(path, reference_markdown(), 0644));
    }
    const auto text = RealFilesystem().read(path);
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(*text, reference_markdown())
        << "Run this test with UPDATE_GOLDEN=1 and commit docs/metrics.md";
}

TEST(MetricsReference, NamesEveryMetric) {
    const std::string reference = reference_markdown();
    for (const Metric& metric : all_metrics()) {
        EXPECT_THAT(reference, HasSubstr("| `" + std::string(metric.name) + "` |"));
    }
}

}  // namespace
}  // namespace citus_init::metrics
