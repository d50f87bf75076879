#include "security/hkdf.h"

#include <string>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace citus_init::security {
namespace {

std::string bytes_from(unsigned first, unsigned last) {
    std::string bytes;
    for (unsigned byte = first; byte <= last; ++byte) {
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

std::string derive(const std::string& key, const std::string& salt, const std::string& info,
                   std::size_t size) {
    const auto crypto = load_crypto_library();
    EXPECT_TRUE(crypto);
    std::vector<unsigned char> result(size);
    EXPECT_TRUE(hkdf(*crypto, key, salt, info, result));
    std::string text;
    for (const unsigned char byte : result) {
        text += fmt::format("{:02x}", byte);
    }
    return text;
}

// RFC 5869, appendix A.1 to A.3.
TEST(Hkdf, GivesTheAnswersOfItsStandard) {
    EXPECT_EQ(
        derive(std::string(22, '\x0b'), bytes_from(0x00, 0x0c), bytes_from(0xf0, 0xf9), 42),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    EXPECT_EQ(
        derive(bytes_from(0x00, 0x4f), bytes_from(0x60, 0xaf), bytes_from(0xb0, 0xff), 82),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e"
        "590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
    EXPECT_EQ(
        derive(std::string(22, '\x0b'), "", "", 42),
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

// What the authority of every cluster comes from: as it was before libcrypto's own was used.
TEST(Hkdf, DerivesWhatEarlierVersionsDerived) {
    EXPECT_EQ(derive("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "citus-init cluster authority",
                     "P-256 private key, version 1, attempt 0", 32),
              "243c6785bebc5dbadd2d0fbc4400e00085e61ed32f7bca943b338f907bd832ce");
}

}  // namespace
}  // namespace citus_init::security
