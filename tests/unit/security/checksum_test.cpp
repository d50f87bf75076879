#include "citus_init/security/checksum.h"

#include <gtest/gtest.h>

namespace citus_init::security {
namespace {

// The examples of FIPS 180-4.
TEST(Checksum, IsSha256) {
    EXPECT_EQ(sha256_text("").value(),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_text("abc").value(),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace citus_init::security
