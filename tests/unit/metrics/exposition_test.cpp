#include "citus_init/metrics/exposition.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "citus_init/metrics/named_metric.h"

namespace citus_init::metrics {
namespace {

using namespace literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SampleSet few_samples() {
    SampleSet samples;
    samples.add("citus_init_build_info"_metric, 1, {"0.1.0", "abc"});
    samples.add("pg_up"_metric, 1);
    samples.add("pg_stat_wal_bytes_total"_metric, 12345678901234);
    samples.add("pg_stat_archiver_archived_count"_metric, 3);
    samples.add("citus_node_up"_metric, 1, {"w1:5432"});
    samples.add("citus_node_up"_metric, 0, {"w2:5432"});
    return samples;
}

TEST(Exposition, IsTheTextFormat) {
    EXPECT_EQ(write_exposition(few_samples(), Format::text),
              R"(# HELP citus_init_build_info Version and commit of citus-init.
# TYPE citus_init_build_info gauge
citus_init_build_info{version="0.1.0",revision="abc"} 1
# HELP pg_up Whether the local server answered the last collection (1) or not (0).
# TYPE pg_up gauge
pg_up 1
# HELP pg_stat_wal_bytes_total WAL generated. PostgreSQL 14 and later.
# TYPE pg_stat_wal_bytes_total counter
pg_stat_wal_bytes_total 12345678901234
# HELP pg_stat_archiver_archived_count WAL files archived.
# TYPE pg_stat_archiver_archived_count untyped
pg_stat_archiver_archived_count 3
# HELP citus_node_up Whether the node answered this coordinator's collector (1) or not (0).
# TYPE citus_node_up gauge
citus_node_up{node="w1:5432"} 1
citus_node_up{node="w2:5432"} 0
)");
}

TEST(Exposition, IsOpenMetrics) {
    EXPECT_EQ(write_exposition(few_samples(), Format::openmetrics),
              R"(# HELP citus_init_build Version and commit of citus-init.
# TYPE citus_init_build info
citus_init_build_info{version="0.1.0",revision="abc"} 1
# HELP pg_up Whether the local server answered the last collection (1) or not (0).
# TYPE pg_up gauge
pg_up 1
# HELP pg_stat_wal_bytes WAL generated. PostgreSQL 14 and later.
# TYPE pg_stat_wal_bytes counter
# UNIT pg_stat_wal_bytes bytes
pg_stat_wal_bytes_total 12345678901234
# HELP pg_stat_archiver_archived_count WAL files archived.
# TYPE pg_stat_archiver_archived_count unknown
pg_stat_archiver_archived_count 3
# HELP citus_node_up Whether the node answered this coordinator's collector (1) or not (0).
# TYPE citus_node_up gauge
citus_node_up{node="w1:5432"} 1
citus_node_up{node="w2:5432"} 0
# EOF
)");
    EXPECT_EQ(write_exposition({}, Format::openmetrics), "# EOF\n");
    EXPECT_EQ(write_exposition({}, Format::text), "");
}

// A family's lines stand together, whatever the order in which they were added.
TEST(Exposition, KeepsFamiliesTogether) {
    SampleSet samples;
    samples.add("citus_node_up"_metric, 1, {"w1:5432"});
    samples.add("pg_up"_metric, 1);
    samples.add("citus_node_up"_metric, 1, {"w2:5432"});
    EXPECT_THAT(write_exposition(samples, Format::text),
                HasSubstr("citus_node_up{node=\"w1:5432\"} 1\n"
                          "citus_node_up{node=\"w2:5432\"} 1\n# HELP pg_up"));
}

struct ValueCase {
    double value;
    std::string text;
};

TEST(Exposition, WritesEveryValue) {
    using Limits = std::numeric_limits<double>;
    for (const ValueCase& one : std::vector<ValueCase>{{0, "0"},
                                                       {-1, "-1"},
                                                       {0.25, "0.25"},
                                                       {1764374400.5, "1764374400.5"},
                                                       {9007199254740992.0, "9007199254740992"},
                                                       {1e300, "1e+300"},
                                                       {1e-7, "1e-07"},
                                                       {Limits::quiet_NaN(), "NaN"},
                                                       {Limits::infinity(), "+Inf"},
                                                       {-Limits::infinity(), "-Inf"}}) {
        SampleSet samples;
        samples.add("pg_up"_metric, one.value);
        EXPECT_THAT(write_exposition(samples, Format::text),
                    HasSubstr("\npg_up " + one.text + "\n"));
    }
}

TEST(SampleSet, EscapesLabelValues) {
    SampleSet samples;
    const std::string with_nul("n\0l", 3);
    for (const std::string& role : {std::string(R"(a"b\c)"), std::string("two\nlines"),
                                    std::string("\xff\xfe ok"), std::string("gr\xC3\xBC\xC3\x9F"),
                                    std::string("cut \xE2\x82"), with_nul, std::string()}) {
        samples.add("pg_role_connections"_metric, 1, {role});
    }
    std::vector<std::string> labels;
    for (const Sample& sample : samples.families().at(0).samples) {
        labels.push_back(sample.labels);
    }
    EXPECT_THAT(labels, ElementsAre(R"({role="a\"b\\c"})", R"({role="two\nlines"})",
                                    "{role=\"\xEF\xBF\xBD\xEF\xBF\xBD ok\"}",
                                    "{role=\"gr\xC3\xBC\xC3\x9F\"}",
                                    "{role=\"cut \xEF\xBF\xBD\xEF\xBF\xBD\"}",
                                    "{role=\"n\xEF\xBF\xBDl\"}", "{role=\"\"}"));
    EXPECT_THAT(samples.problems(), IsEmpty());
}

TEST(SampleSet, RefusesASeriesThatIsThere) {
    SampleSet samples;
    samples.add("pg_role_connections"_metric, 1, {"\xff"});
    samples.add("pg_role_connections"_metric, 2, {"\xfe"});  // the same once it is replaced
    samples.add("pg_up"_metric, 1);
    samples.add("pg_up"_metric, 0);
    EXPECT_THAT(samples.problems(), ElementsAre(HasSubstr("added twice"), "pg_up: added twice"));
    EXPECT_EQ(samples.size(), 2U);
    EXPECT_EQ(samples.families().at(0).samples.at(0).value, 1);
}

TEST(SampleSet, RefusesAWrongNumberOfLabels) {
    SampleSet samples;
    samples.add("pg_up"_metric, 1, {"x"});
    samples.add("pg_role_connections"_metric, 1);
    EXPECT_THAT(samples.problems(),
                ElementsAre("pg_up: 1 label values for 0 labels",
                            "pg_role_connections: 0 label values for 1 labels"));
    EXPECT_THAT(samples.families(), IsEmpty());
}

SampleSet one_of_each() {
    SampleSet samples;
    for (const Metric& metric : all_metrics()) {
        switch (metric.label_count()) {
            case 0:
                samples.add(metric, 1);
                break;
            case 1:
                samples.add(metric, 1, {"a\"\\\n\xff"});
                break;
            case 2:
                samples.add(metric, 0.5, {"a", ""});
                break;
            case 3:
                samples.add(metric, 1, {"a", "b", "c"});
                break;
            default:
                samples.add(metric, 1, {"a", "b", "c", "d"});
        }
    }
    return samples;
}

std::string output_of(const std::string& command) {
    std::string output;
    if (FILE* pipe = ::popen(command.c_str(), "r"); pipe != nullptr) {
        for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
            output += static_cast<char>(c);
        }
        ::pclose(pipe);
    }
    return output;
}

TEST(Promtool, IsSilentAboutEveryMetric) {
    if (std::system("promtool --version > /dev/null 2>&1") != 0) {
        GTEST_SKIP() << "promtool is not installed: package prometheus";
    }
    std::string path = testing::TempDir() + "citus_init_metrics_XXXXXX";
    const int descriptor = ::mkstemp(path.data());
    ASSERT_NE(descriptor, -1);
    ::close(descriptor);
    const SampleSet samples = one_of_each();
    EXPECT_THAT(samples.problems(), IsEmpty());
    EXPECT_EQ(samples.size(), all_metrics().size());
    std::ofstream(path) << write_exposition(samples, Format::text);
    EXPECT_EQ(output_of("promtool check metrics < '" + path + "' 2>&1; echo $?"), "0\n");
    std::ofstream(path) << "# TYPE thing_total gauge\nthing_total 1\n";
    EXPECT_THAT(output_of("promtool check metrics < '" + path + "' 2>&1"),
                HasSubstr("thing_total"));
    ::unlink(path.c_str());
}

}  // namespace
}  // namespace citus_init::metrics
