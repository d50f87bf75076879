#include "citus_init/base/crc32c.h"

#include <string>

#include <gtest/gtest.h>

namespace citus_init {
namespace {

TEST(Crc32c, IsThatOfRfc3720) {
    EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
    EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
    EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32c, IsTheSameInPieces) {
    std::string text;
    for (int i = 0; i < 100; ++i) {
        text += static_cast<char>(i * 7);
    }
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        const std::string_view whole = text;
        EXPECT_EQ(
            ~extend_crc32c(extend_crc32c(0xFFFFFFFFU, whole.substr(0, cut)), whole.substr(cut)),
            crc32c(whole));
    }
}

}  // namespace
}  // namespace citus_init
