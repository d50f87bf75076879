#include "settings/value.h"

#include <chrono>

#include <gtest/gtest.h>

namespace citus_init::settings {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

Parsed<milliseconds> up_to_a_day(std::string_view text) {
    return parse_duration(text, milliseconds(0), hours(24));
}

TEST(ParseBoolean, TakesPostgresqlsWordsInAnyCase) {
    for (const auto* text : {"on", "true", "yes", "1", "TRUE", " Yes "}) {
        EXPECT_EQ(parse_boolean(text), true) << text;
    }
    for (const auto* text : {"off", "false", "no", "0", "OFF"}) {
        EXPECT_EQ(parse_boolean(text), false) << text;
    }
    for (const auto* text : {"", "t", "enabled", "2", "truee"}) {
        EXPECT_FALSE(parse_boolean(text)) << text;
    }
}

TEST(ParseMemory, TakesPostgresqlsUnitsAndBytes) {
    EXPECT_EQ(parse_memory("2GB"), 2147483648.0);
    EXPECT_EQ(parse_memory(" 1.5 GB "), 1610612736.0);
    EXPECT_EQ(parse_memory("536870912"), 536870912.0);
    for (const auto* text : {"", "2G", "0", "1kB", "-2GB", "inf", "nan", "much", "2GB of it"}) {
        EXPECT_FALSE(parse_memory(text)) << text;
    }
}

TEST(ParseCpus, TakesPartsOfOne) {
    EXPECT_EQ(parse_cpus("1.5"), 1.5);
    EXPECT_EQ(parse_cpus(" 8 "), 8.0);
    for (const auto* text : {"", "0", "-1", "nan", "inf", "1e9", "two", "1,5"}) {
        EXPECT_FALSE(parse_cpus(text)) << text;
    }
}

TEST(ParseHttpListen, TakesAPortWithOrWithoutAHost) {
    EXPECT_EQ(parse_http_listen("8009"), (HostPort{"", 8009}));
    EXPECT_EQ(parse_http_listen(" :8009 "), (HostPort{"", 8009}));
    EXPECT_EQ(parse_http_listen("127.0.0.1:1"), (HostPort{"127.0.0.1", 1}));
    EXPECT_EQ(parse_http_listen("localhost:65535"), (HostPort{"localhost", 65535}));
    EXPECT_EQ(parse_http_listen("[::1]:8009"), (HostPort{"::1", 8009}));
    EXPECT_EQ(parse_http_listen("0.0.0.0:8009"), (HostPort{"0.0.0.0", 8009}));
    for (const auto* text : {"", ":", ":0", ":65536", "host", "host:", "::1:8009", "a b:8009",
                             "tcp://host:8009", "[::1]", "[::1]8009", "*:8009", "1:2:3"}) {
        EXPECT_FALSE(parse_http_listen(text)) << text;
    }
}

TEST(ParseDuration, TakesPostgresqlsUnits) {
    struct Case {
        const char* text;
        int milliseconds;
    };
    for (const auto& [text, expected] :
         {Case{"8", 8000}, Case{"8s", 8000}, Case{"8 s", 8000}, Case{"1.5s", 1500},
          Case{"250ms", 250}, Case{"1500us", 2}, Case{"2min", 120'000}, Case{"1h", 3'600'000},
          Case{"1d", 86'400'000}, Case{"0", 0}, Case{" 3s ", 3000}}) {
        ASSERT_TRUE(up_to_a_day(text)) << text;
        EXPECT_EQ(up_to_a_day(text)->count(), expected) << text;
    }
}

TEST(ParseDuration, RefusesWhatIsNoDurationOrOutOfRange) {
    for (const auto* text : {"", "s", "8x", "8S", "-1", "+1", "1e3", "nan", "inf", "1..5", "2d",
                             "1s1s", "99999999999999999999999h", "1us", "0x10"}) {
        EXPECT_FALSE(up_to_a_day(text)) << text;
    }
    EXPECT_EQ(parse_duration("0", milliseconds(1), hours(24)).error().reason,
              "is not a duration from 1ms to 1d");
}

TEST(ParsePort, TakesOneTo65535) {
    EXPECT_EQ(parse_port("1"), 1);
    EXPECT_EQ(parse_port(" 65535 "), 65535);
    for (const auto* text : {"0", "65536", "", "-1", "5432a", "0x1"}) {
        EXPECT_FALSE(parse_port(text)) << text;
    }
}

TEST(ParseHost, TakesNamesAndAddressesWithoutPort) {
    EXPECT_EQ(parse_host("worker_1.citus-net"), "worker_1.citus-net");
    EXPECT_EQ(parse_host("10.0.0.1"), "10.0.0.1");
    EXPECT_EQ(parse_host("[fe80::1]"), "fe80::1");
    EXPECT_EQ(parse_host("fe80::1%eth0"), "fe80::1%eth0");
    for (const auto* text :
         {"", "host:5432", "a b", "/var/run", "-h", "a,b", "tcp://x", "[host]", "a\nb", "\xc3\xa4",
          "a..b", ".", ".a", "a..", "a.-b", "1.2.3", "1.2.3.4.5", "999.1.1.1"}) {
        EXPECT_FALSE(parse_host(text)) << text;
    }
    EXPECT_FALSE(parse_host(std::string(254, 'a')));
    EXPECT_FALSE(parse_host(std::string(64, 'a') + ".b"));
    EXPECT_EQ(parse_host("db.example.com."), "db.example.com.");
    EXPECT_EQ(parse_host("123456789012"), "123456789012");  // a container's id
}

TEST(ParseHostList, TakesHostsWithAndWithoutPorts) {
    const auto hosts = parse_host_list("a, b:5433 ,[::1],[fe80::2]:6000\n");
    ASSERT_TRUE(hosts);
    EXPECT_EQ(*hosts,
              (std::vector<HostPort>{{"a", 5432}, {"b", 5433}, {"::1", 5432}, {"fe80::2", 6000}}));
}

TEST(ParseHostList, NamesTheEntryThatIsWrong) {
    struct Case {
        const char* text;
        const char* reason;
    };
    for (const auto& [text, reason] :
         {Case{"a,,b", "is empty in entry 2"}, Case{"a,", "is empty in entry 2"},
          Case{"a,b:0", "is wrong in entry 2, whose port is not one"},
          Case{"a:", "is wrong in entry 1, whose port is not one"},
          Case{"[::1]:", "is wrong in entry 1, whose port is not one"},
          Case{"fe80::1", "is wrong in entry 1, which is not host[:port]"},
          Case{"[::1", "is wrong in entry 1, which is not host[:port]"},
          Case{"[::1]x", "is wrong in entry 1, which is not host[:port]"},
          Case{"[a]:1", "is wrong in entry 1, which is not host[:port]"},
          Case{"a b", "is wrong in entry 1, which is not host[:port]"},
          Case{"a,b,A:5432", "names a node again in entry 3"},
          Case{
              "a:0,b,b,,c:x",
              "is wrong in entry 1, whose port is not one; names a node again in entry 3; is empty "
              "in entry 4; is wrong in entry 5, whose port is not one"},
          Case{
              "-,-,-,-,-,-,-",
              "is wrong in entry 1, which is not host[:port]; is wrong in entry 2, which is not "
              "host[:port]; is wrong in entry 3, which is not host[:port]; is wrong in entry 4, "
              "which is not host[:port]; is wrong in entry 5, which is not host[:port]; and 2 more "
              "are wrong"}}) {
        const auto hosts = parse_host_list(text);
        ASSERT_FALSE(hosts) << text;
        EXPECT_EQ(hosts.error().reason, reason) << text;
    }
}

TEST(ParseHostList, TakesOneHostWithTwoPorts) {
    EXPECT_EQ(parse_host_list("localhost:5433,localhost:5434")->size(), 2U);
}

TEST(Either, ReadsAsASentence) {
    EXPECT_EQ(either({"a"}), "a");
    EXPECT_EQ(either({"a", "b"}), "a or b");
    EXPECT_EQ(either({"a", "b", "c"}), "a, b or c");
}

TEST(WorkerDiscovery, IsASchemeANameAndForDnsAPort) {
    const std::vector<std::pair<std::string, WorkerDiscovery>> cases{
        {"dns:worker", {DiscoveryKind::dns, "worker", 5432}},
        {" DNS:tasks.my_worker:5433\n", {DiscoveryKind::dns, "tasks.my_worker", 5433}},
        {"srv:_pg._tcp.worker", {DiscoveryKind::srv, "_pg._tcp.worker", 5432}}};
    for (const auto& [text, expected] : cases) {
        const auto parsed = parse_worker_discovery(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(*parsed, expected) << text;
    }
}

TEST(WorkerDiscovery, SaysWhatIsWrong) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"worker", "is neither dns:NAME[:port] nor srv:NAME"},
        {"etcd:worker", "is neither dns:NAME[:port] nor srv:NAME"},
        {"dns:", "names no host after the scheme"},
        {"dns:a b", "names no host after the scheme"},
        {"dns:[::1]:5432", "names no host after the scheme"},
        {"dns:worker:", "has a port that is not one"},
        {"dns:worker:0", "has a port that is not one"},
        {"dns:worker:1:2", "has a port that is not one"},
        {"srv:worker:5432", "has a port, which the service record has"}};
    for (const auto& [text, reason] : cases) {
        const auto parsed = parse_worker_discovery(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().reason, reason) << text;
        EXPECT_FALSE(parsed.error().fix.empty()) << text;
    }
}

}  // namespace
}  // namespace citus_init::settings
