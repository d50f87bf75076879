#include "citus_init/base/size_text.h"

#include <gtest/gtest.h>

namespace citus_init {
namespace {

constexpr double kMegabyte = 1024.0 * 1024;

TEST(SizeText, HasPostgresqlsUnitsAndOneDecimalBelowTen) {
    EXPECT_EQ(size_text(0), "0 bytes");
    EXPECT_EQ(size_text(-1), "0 bytes");
    EXPECT_EQ(size_text(512), "512 bytes");
    EXPECT_EQ(size_text(1536), "1.5 kB");
    EXPECT_EQ(size_text(80 * kMegabyte), "80 MB");
    EXPECT_EQ(size_text(1024 * kMegabyte), "1.0 GB");
    EXPECT_EQ(size_text(9.5 * 1024 * kMegabyte), "9.5 GB");
    EXPECT_EQ(size_text(4096 * 1024 * kMegabyte), "4.0 TB");
}

TEST(SizeText, NeverShowsFourDigitsOrTenWithADecimal) {
    EXPECT_EQ(size_text(1023.9 * kMegabyte), "1.0 GB");
    EXPECT_EQ(size_text(9.96 * kMegabyte), "10 MB");
    EXPECT_EQ(size_text(1024.0 * 1024 * 1024 * kMegabyte * 2000), "2000 PB");
}

TEST(SizeInBytes, ReadsSizesAsPostgresqlDoes) {
    for (const auto& [text, bytes] : {std::pair{"64GB", 68719476736.0},
                                      {"1024", 8388608.0},
                                      {" 1.5 MB ", 1572864.0},
                                      {"16kB", 16384.0}}) {
        EXPECT_EQ(size_in_bytes(text, 8192), bytes) << text;
    }
    for (const char* text : {"", "many", "8Q", "-1"}) {
        EXPECT_EQ(size_in_bytes(text, 8192), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace citus_init
