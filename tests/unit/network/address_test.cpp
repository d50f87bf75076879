#include "network/address.h"

#include <gtest/gtest.h>

namespace citus_init::network {
namespace {

TEST(Address, HasAReverseName) {
    EXPECT_EQ(reverse_name("172.18.0.2"), "2.0.18.172.in-addr.arpa");
    EXPECT_EQ(reverse_name("2001:db8::567:89ab"),
              "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    EXPECT_EQ(reverse_name("worker"), "");
    EXPECT_EQ(reverse_name("1.2.3"), "");
}

TEST(HostName, IsLettersDigitsDotsDashesAndUnderscores) {
    for (const auto* name : {"worker", "proj_worker_1.proj_default", "a-b.c", "10.0.0.7"}) {
        EXPECT_TRUE(is_host_name(name)) << name;
    }
    for (const auto* name : {"", "-a", "a b", "a\nb", "a/b", "a\\010b", "a'b"}) {
        EXPECT_FALSE(is_host_name(name)) << name;
    }
    EXPECT_TRUE(is_host_name(std::string(253, 'a')));
    EXPECT_FALSE(is_host_name(std::string(254, 'a')));
}

}  // namespace
}  // namespace citus_init::network
