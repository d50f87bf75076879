#include "citus_init/base/host_port.h"

#include <gtest/gtest.h>

namespace citus_init {
namespace {

TEST(HostPort, LoopbackIsByItsUsualNamesAndAddresses) {
    for (const char* host : {"localhost", "LocalHost", "127.0.0.1", "127.8.0.9", "::1"}) {
        EXPECT_TRUE(is_loopback(host)) << host;
    }
    for (const char* host : {"", "w1", "localhost.example", "128.0.0.1", "::", "10.127.0.1"}) {
        EXPECT_FALSE(is_loopback(host)) << host;
    }
}

}  // namespace
}  // namespace citus_init
